// Functions of the app that misbehave while they are asked: they reject, hang, or close and connect the socket themselves.
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

describe('one that closes or connects the socket while it is asked', () => {
  it('close() in inspect at the attempt: no transport is left behind', async () => {
    const { clock, server, socket, status } = rig({
      inspect: ({ type }) => {
        if (type === 'attempt') void socket.close()
      },
    })
    socket.connect()
    await clock.advance(60_000)
    expect(status()).toBe('closed')
    expect(server.live).toBe(0)
    expect(clock.timers).toBe(0)
  })

  it('reconnect() in inspect at the first attempt: one transport is left', async () => {
    let first = true
    const { clock, server, socket, status } = rig({
      inspect: ({ type }) => {
        if (type !== 'attempt' || !first) return
        first = false
        socket.reconnect()
      },
    })
    socket.connect()
    await clock.advance(60_000)
    expect(status()).toBe('open')
    expect(server.live).toBe(1)
    expect(clock.timers).toBe(0)
  })

  it('connect() in inspect when something waits: it goes out', async () => {
    const { clock, server, socket } = rig({
      inspect: ({ type }) => {
        if (type === 'queued') socket.connect()
      },
    })
    expect(socket.send('a').status).toBe('queued')
    await clock.advance(0)
    expect(server.connections.map(({ received }) => received)).toEqual([['a']])
  })

  it.each(['shouldRetry', 'retryDelay', 'retryAfter'])('B9 close() in %s is final', async (name) => {
    const { clock, server, socket, status } = await openRig({
      [name]: () => {
        void socket.close()
        return name === 'shouldRetry' ? true : 10
      },
    })
    server.latest.die()
    await clock.advance(60_000)
    expect(status()).toBe('closed')
    expect(server.connections.length).toBe(1)
    expect(clock.timers).toBe(0)
  })

  it.each(['connect', 'close'] as const)('%s() where a provider hears of its abort', async (act) => {
    const { clock, server, socket, status } = rig({
      url: ({ signal }) => {
        signal.addEventListener('abort', () => void socket[act]())
        return 'ws://memory.test/'
      },
    })
    const states: string[] = []
    socket.on('state', (state) => states.push(state.status))
    socket.connect()
    await clock.advance(0)
    void socket.close()
    await clock.advance(0)
    expect(states.at(-1)).toBe(status())
    expect(server.live).toBe(status() === 'open' ? 1 : 0)
    expect(clock.timers).toBe(0)
    server.latest.die()
    await clock.advance(60_000)
    expect(states.at(-1)).toBe(status())
    expect(server.live).toBe(status() === 'open' ? 1 : 0)
  })

  it('close() in a URL function, and in getToken: no transport', async () => {
    for (const name of ['url', 'getToken']) {
      const close = () => {
        void socket.close()
        return name === 'url' ? 'wss://memory.test/' : 't'
      }
      const { clock, server, socket, status } = rig({
        url: name === 'url' ? close : 'wss://memory.test/',
        auth: tokenAuth({ getToken: name === 'url' ? () => 't' : close }),
      })
      socket.connect()
      await clock.advance(60_000)
      expect(status()).toBe('closed')
      expect(server.connections).toEqual([])
      expect(clock.timers).toBe(0)
    }
  })

  it('send() and close() in extensions: in order, and final', async () => {
    const { clock, server, socket, status } = await openRig()
    socket.use({
      name: 'echo',
      incoming: (message) => {
        socket.send(`${message} heard`)
        if (message === 'last') void socket.close()
        return true
      },
    })
    server.latest.send('first')
    server.latest.send('last')
    server.latest.send('too late')
    await clock.advance(0)
    expect(server.latest.received).toEqual(['first heard', 'last heard'])
    expect(status()).toBe('closed')
  })
})
