// Node as a host: one child process per contender, with the garbage collector at hand.

import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { seeNamed } from '../process'
import type { Host, Runner } from './host'

export interface Ask {
  readonly id: number
  readonly section: string
  readonly work: string
  readonly args: unknown
}

export type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string }

export interface NodeHostOptions {
  /** Another Node than the one that runs this. */
  readonly execPath?: string
  /** The bare socket is Node's own class, not that of `ws`. */
  readonly ownWebSocket?: boolean
}

export function nodeHost({ execPath = process.execPath, ownWebSocket = false }: NodeHostOptions = {}): Host {
  return {
    name: 'Node',
    version: process.version,
    async start(contender, { countTimers = false } = {}) {
      const child = fork(
        fileURLToPath(new URL('./runner.js', import.meta.url)),
        [contender, String(countTimers), String(ownWebSocket)],
        {
          execPath,
          execArgv: ['--expose-gc', '--enable-source-maps'],
        },
      )
      await seeNamed(child, 'ready')
      return runner(contender, child)
    },
    async stop() {},
  }
}

function runner(name: string, child: ChildProcess): Runner {
  const asked = new Map<number, (answer: Answer) => void>()
  let next = 0
  child.on('message', (answer: Answer) => asked.get(answer.id)?.(answer))
  child.on('exit', () => {
    for (const [id, settle] of asked) settle({ id, error: 'its process ended' })
  })
  return {
    name,
    run(section, work, args) {
      const id = next++
      return new Promise((resolve, reject) => {
        asked.set(id, (answer) => {
          asked.delete(id)
          if ('error' in answer)
            reject(new Error(`${name}, ${String(section)}.${String(work)}: ${answer.error}`))
          else resolve(answer.result as never)
        })
        child.send({ id, section, work: String(work), args } satisfies Ask)
      })
    },
    async stop() {
      if (!child.connected) return
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.disconnect()
      await ended
    },
  }
}
