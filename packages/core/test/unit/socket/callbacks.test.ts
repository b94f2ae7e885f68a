// Functions of the app that give a promise, which rejects or hangs, where none is awaited: nothing wedges.
import { describe, expect, it } from 'vitest'
import { heartbeat, json, tokenAuth } from '../../../src'
import { macrotask, openRig, type RigOptions, rig } from './support'

const rejects = async (): Promise<never> => {
  throw new Error('mine')
}
/** Where a value is wanted, a promise is the app's mistake, and its rejection the app's to handle. */
const rejectsHandled = () => {
  const promise = rejects()
  promise.catch(() => {})
  return promise
}
const hangs = () => new Promise<never>(() => {})

type Options = (fn: () => any) => RigOptions<any>

/** May be async, since nothing is wanted of them: their rejections are ours to handle. */
const effects: [name: string, options: Options][] = [
  ['inspect', (fn) => ({ inspect: fn })],
  ['environment.reportError', (fn) => ({ environment: { reportError: fn } })],
  ['environment.terminate', (fn) => ({ environment: { terminate: fn } })],
]
const values: [name: string, options: Options][] = [
  ['retryDelay', (fn) => ({ retryDelay: fn })],
  ['shouldRetry', (fn) => ({ shouldRetry: fn })],
  ['retryAfter', (fn) => ({ retryAfter: fn })],
  ['ping', (fn) => ({ heartbeat: heartbeat({ interval: 100, timeout: 50, ping: fn }) })],
  ['isPong', (fn) => ({ heartbeat: heartbeat({ interval: 100, timeout: 50, isPong: fn }) })],
]

describe.each([
  ['rejects', rejects, rejectsHandled],
  ['hangs', hangs, hangs],
])('one that %s', (_, effect, value) => {
  /** A life with an error that nobody listens for, a silence, a break, a close, and another life. */
  async function live(options: RigOptions<any>) {
    const { clock, server, socket, status } = await openRig({ codec: json(), ...options })
    socket.on('message', () => {
      throw new Error('a listener')
    })
    server.latest.send('{"n":1}')
    await clock.advance(160)
    server.connections.at(-1)?.die()
    await clock.advance(20_000)
    expect(status()).toBe('open')
    await Promise.all([socket.close(), clock.advance(5_000)])
    expect(status()).toBe('closed')
    expect(clock.timers).toBe(0)
    socket.connect()
    await clock.advance(0)
    expect(status()).toBe('open')
    await macrotask()
  }

  it.each(effects)('as %s wedges nothing and is no unhandled rejection', (_, options) =>
    live(options(effect)),
  )

  it.each(values)('as %s wedges nothing', (_, options) => live(options(value)))

  it.each(['isAccepted', 'isRejected', 'attach'])('as %s of tokenAuth wedges nothing', async (name) => {
    const { clock, server, socket, status } = rig({
      url: 'wss://memory.test/',
      codec: json(),
      auth: tokenAuth({
        getToken: () => 't',
        attach: 'message',
        isAccepted: (message: any) => message.ok,
        [name]: value,
      }),
      server: { onMessage: (_, connection) => connection.send('{"ok":true}') },
    })
    socket.connect()
    await clock.advance(30_000)
    expect(server.live).toBeLessThanOrEqual(1)
    await Promise.all([socket.close(), clock.advance(5_000)])
    expect(status()).toBe('closed')
    expect(clock.timers).toBe(0)
  })
})
