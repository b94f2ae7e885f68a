// A client in a process of its own, as the tests talk to it.
import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'

const errand = new URL('errand.js', import.meta.url)

/** @typedef {ReturnType<typeof startClient>} ClientProcess */

/**
 * @param {object} options
 * @param {string} options.library name of a file of the folder `clients`
 * @param {string} options.implementation name of a class that errand.js knows
 * @param {string} options.url
 */
export function startClient({ library, implementation, url }) {
  const child = fork(errand, [library, implementation, url], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  let complaints = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (text) => {
      complaints += text
    })
  const ended = once(child, 'close')
  // It ended while it was told something: `ended` says so.
  child.on('error', () => {})
  /** @type {Set<string>} */
  const heard = new Set()
  /** @type {string[]} */
  const lost = []
  let isDisposed = false
  /** @type {Set<() => void>} */
  const waiting = new Set()
  child.on('message', (/** @type {import('./errand.js').Answer} */ answer) => {
    if (answer === 'disposed') isDisposed = true
    else if ('lost' in answer) lost.push(answer.lost)
    else heard.add(answer.heard)
    for (const look of waiting) look()
  })

  /** @param {() => boolean} is */
  const until = (is) =>
    /** @type {Promise<void>} */ (
      new Promise((resolve, reject) => {
        const look = () => {
          if (!is()) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
        ended.then(([code, signal]) =>
          reject(new Error(`${library} ended with ${code ?? signal}. ${complaints}`)),
        )
      })
    )

  return {
    /** It says something new; resolves when it hears that. */
    roundTrip() {
      const text = randomUUID()
      child.send({ say: text })
      return until(() => heard.has(text))
    },

    /** Resolves when the library says that it is done. */
    dispose() {
      child.send('dispose')
      return until(() => isDisposed)
    },

    /** Resolves when it has lost a connection, with what ended it: the `origin` of each close so far. */
    async lost() {
      await until(() => lost.length > 0)
      return lost
    },

    /** Resolves with the exit code and what was complained of, once the process has ended by itself. */
    async ended() {
      const [code] = await ended
      return { code, complaints }
    },

    kill: () => child.kill('SIGKILL'),
  }
}
