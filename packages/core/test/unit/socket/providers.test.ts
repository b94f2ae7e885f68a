// URL and protocol functions: called anew at each attempt, bounded by connectTimeout, harmless when they fail.
import { describe, expect, it, vi } from 'vitest'
import type { AttemptContext } from '../../../src'
import { openRig, outcome, record, rig, tape } from './support'

const never = () => new Promise<never>(() => {})

describe('called anew', () => {
  it('B38 each attempt asks the URL and protocol functions', async () => {
    const contexts: AttemptContext[] = []
    const url = vi.fn((context: AttemptContext) => {
      contexts.push(context)
      return `ws://memory.test/?n=${contexts.length}`
    })
    const protocols = vi.fn(async ({ attempt }: AttemptContext) => [`chat.v${attempt}`])
    const { clock, server, socket } = rig({
      url,
      protocols,
      retryDelay: () => 100,
      server: { mode: 'refuse' },
    })
    socket.connect()
    await clock.advance(250)
    expect(server.connections.map((connection) => [connection.url, connection.protocols])).toEqual([
      ['ws://memory.test/?n=1', ['chat.v0']],
      ['ws://memory.test/?n=2', ['chat.v1']],
      ['ws://memory.test/?n=3', ['chat.v2']],
    ])
    expect(protocols).toHaveBeenCalledTimes(3)
    expect(contexts.map(({ attempt, cause }) => [attempt, cause?.code])).toEqual([
      [0, undefined],
      [1, 1006],
      [2, 1006],
    ])
  })

  it('takes a URL object, and http for ws', async () => {
    const { clock, server, socket } = rig({ url: async () => new URL('https://memory.test/room') })
    socket.connect()
    await clock.advance(0)
    expect(server.latest.url).toBe('wss://memory.test/room')
  })

  it('takes one protocol as a string, also from a function', async () => {
    const fixed = await openRig({ protocols: 'chat' })
    expect(fixed.socket.state.get()).toMatchObject({ protocol: 'chat' })
    const dynamic = await openRig({ protocols: () => 'chat' })
    expect(dynamic.server.latest.protocols).toEqual(['chat'])
  })
})

describe('that never settle', () => {
  it.each([
    ['url', { url: never }],
    ['protocols', { protocols: never }],
  ])('B35 %s fails the attempt at connectTimeout', async (_, option) => {
    const { clock, server, socket, status } = rig({ ...option, connectTimeout: 3_000 })
    const told = record(socket, ['close', 'error'])
    socket.connect()
    await clock.advance(2_999)
    expect(socket.state.get()).toEqual({ status: 'connecting', attempt: 0, phase: 'credentials' })
    await clock.advance(1)
    expect(told).toMatchObject([
      ['error', { code: 'CONNECT_TIMEOUT' }],
      ['close', { code: 1006, origin: 'timeout' }],
    ])
    expect(status()).toBe('waiting')
    await clock.advance(500)
    expect(socket.state.get()).toMatchObject({ status: 'connecting', attempt: 1 })
    expect(server.connections).toEqual([])
  })

  it('B35 connectTimeout covers functions, transport and handshake together', async () => {
    const { clock, socket, status } = rig({
      connectTimeout: 1_000,
      handshakeTimeout: 5_000,
      url: () => new Promise((resolve) => clock.setTimeout(() => resolve('ws://memory.test/'), 400)),
      server: { mode: 'ignore' },
      onHandshake: never,
    })
    const errors = tape(socket, 'error')
    socket.connect()
    await clock.advance(999)
    expect(status()).toBe('connecting')
    await clock.advance(1)
    expect(status()).toBe('waiting')
    expect(errors).toMatchObject([{ code: 'CONNECT_TIMEOUT' }])
  })

  it('B35 the default is 10 000', async () => {
    const { clock, socket, status } = rig({ url: never })
    socket.connect()
    await clock.advance(9_999)
    expect(status()).toBe('connecting')
    await clock.advance(1)
    expect(status()).toBe('waiting')
  })
})

describe('that fail', () => {
  const fail = () => {
    throw new Error('no config')
  }
  it.each([
    ['url throws', 'url', fail],
    ['url rejects', 'url', async () => fail()],
    ['protocols throws', 'protocols', fail],
    ['protocols rejects', 'protocols', async () => fail()],
  ])('B36 %s: reported, retried with backoff, and called again', async (_, name, broken) => {
    let works = false
    const provider = vi.fn(() => (works ? (name === 'url' ? 'ws://memory.test/' : []) : broken()))
    const { clock, server, socket, status } = rig({ [name]: provider })
    const told = record(socket, ['close', 'error'])
    socket.connect()
    await clock.advance(0)
    expect(told).toMatchObject([
      ['error', { code: 'PROVIDER', cause: { message: 'no config' } }],
      ['close', { code: 1006, wasClean: false, origin: 'network' }],
    ])
    expect(status()).toBe('waiting')
    await clock.advance(499)
    expect(provider).toHaveBeenCalledTimes(1)
    await clock.advance(1)
    expect(provider).toHaveBeenCalledTimes(2)
    expect(socket.state.get()).toMatchObject({ status: 'waiting', attempt: 2 })
    works = true
    await clock.advance(10_000)
    expect(status()).toBe('open')
    expect(server.connections.length).toBe(1)
  })

  it.each([
    ['no URL', { url: () => 'not a url' }],
    ['nothing', { url: () => undefined as never }],
    ['a URL with a fragment', { url: () => 'ws://memory.test/#part' }],
    ['an ftp URL', { url: () => 'ftp://memory.test/' }],
    ['a protocol with a space', { protocols: () => ['a b'] }],
    ['the same protocol twice', { protocols: () => ['a', 'a'] }],
    ['an empty protocol', { protocols: () => [''] }],
    ['protocols that are no list', { protocols: () => 7 as never }],
  ])('B36 a function that gives %s fails the attempt with INVALID_OPTION', async (_, option) => {
    const { clock, socket, status } = rig(option)
    const errors = tape(socket, 'error')
    socket.connect()
    await clock.advance(0)
    expect(errors).toMatchObject([{ code: 'INVALID_OPTION' }])
    expect(status()).toBe('waiting')
  })

  it('B36 counts against retries', async () => {
    const { clock, socket, status } = rig({ url: fail, retries: 2 })
    const closes = tape(socket, 'close')
    socket.connect()
    await clock.advance(1_000_000)
    expect(status()).toBe('closed')
    expect(closes.length).toBe(3)
    expect(await outcome(socket.opened())).toBe('CLOSED')
  })

  it('a class that throws fails the attempt and is tried again', async () => {
    let works = false
    const made = rig()
    const { clock, socket, status } = rig({
      environment: {
        WebSocket: class extends made.server.WebSocket {
          constructor(url: string, protocols: any) {
            if (!works) throw new Error('blocked by policy')
            super(url, protocols)
          }
        },
      },
      server: {},
    })
    const errors = tape(socket, 'error')
    socket.connect()
    await clock.advance(0)
    expect(errors).toMatchObject([{ cause: { message: 'blocked by policy' } }])
    expect(status()).toBe('waiting')
    works = true
    await clock.advance(500)
    expect(made.server.connections.length).toBe(1)
  })
})

describe('that are late', () => {
  function held() {
    const signals: AbortSignal[] = []
    const gives: ((url: string) => void)[] = []
    const fails: ((error: unknown) => void)[] = []
    const url = ({ signal }: AttemptContext) => {
      signals.push(signal)
      return new Promise<string>((resolve, reject) => {
        gives.push(resolve)
        fails.push(reject)
      })
    }
    return { signals, gives, fails, url }
  }

  it('B37 close() aborts the signal, and the late result is thrown away', async () => {
    const { signals, gives, url } = held()
    const { clock, server, socket, status } = rig({ url })
    socket.connect()
    await clock.advance(10)
    expect(signals[0]?.aborted).toBe(false)
    void socket.close()
    expect(signals[0]?.aborted).toBe(true)
    gives[0]?.('ws://memory.test/late')
    await clock.advance(60_000)
    expect(status()).toBe('closed')
    expect(server.connections).toEqual([])
  })

  it('B37 the timeout aborts the signal, and only the newer result counts', async () => {
    const { signals, gives, url } = held()
    const { clock, server, socket, status } = rig({ url, connectTimeout: 1_000 })
    socket.connect()
    await clock.advance(1_500)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
    gives[0]?.('ws://memory.test/old')
    await clock.advance(0)
    expect(server.connections).toEqual([])
    gives[1]?.('ws://memory.test/new')
    await clock.advance(0)
    expect(status()).toBe('open')
    expect(server.connections.map((connection) => connection.url)).toEqual(['ws://memory.test/new'])
  })

  it('B37 reconnect() aborts it', async () => {
    const { signals, url } = held()
    const { clock, socket } = rig({ url })
    socket.connect()
    await clock.advance(0)
    socket.reconnect()
    await clock.advance(0)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
  })

  it('B37 the signal is aborted for whoever reads it late, too', async () => {
    const contexts: AttemptContext[] = []
    const { clock, socket } = rig({
      url: (context) => {
        contexts.push(context)
        return new Promise<string>(() => {})
      },
    })
    socket.connect()
    await clock.advance(0)
    void socket.close()
    expect(contexts[0]?.signal.aborted).toBe(true)
  })

  it('B37 B36 a late rejection is nobody’s error', async () => {
    const { fails, url } = held()
    const { clock, socket, status } = rig({ url })
    const errors = tape(socket, 'error')
    socket.connect()
    await clock.advance(0)
    void socket.close()
    fails[0]?.(new Error('aborted'))
    await clock.advance(0)
    expect(errors).toEqual([])
    expect(status()).toBe('closed')
  })

  it('B37 late protocols are thrown away too', async () => {
    let give = (_: string[]) => {}
    const { clock, server, socket } = rig({
      protocols: () => new Promise<string[]>((resolve) => (give = resolve)),
    })
    socket.connect()
    await clock.advance(0)
    void socket.close()
    give(['chat'])
    await clock.advance(60_000)
    expect(server.connections).toEqual([])
  })

  it('the signal outlives the open and is aborted at the end of the connection', async () => {
    let signal: AbortSignal | undefined
    const { clock, server } = await openRig({
      url: (context) => {
        signal = context.signal
        return 'ws://memory.test/'
      },
    })
    expect(signal?.aborted).toBe(false)
    server.latest.die()
    await clock.advance(0)
    expect(signal?.aborted).toBe(true)
  })
})
