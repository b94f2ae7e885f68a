// A rotation in a socket: two transports, one of which sends, and no gap that the app could see.
import { describe, expect, it, vi } from 'vitest'
import {
  createSocket,
  type Handshake,
  type Heartbeat,
  heartbeat,
  json,
  offlineQueue,
  type RotationOptions,
  type raw,
  rotation,
  SocketError,
  type SocketState,
  type TokenAuthOptions,
  type TokenContext,
  tokenAuth,
} from '../../../src'
import type { MemoryConnection } from '../../../src/testing'
import { openRig, outcome, type RigOptions, record, rig, tape } from './support'
import { surroundings } from './surroundings'

const wss = 'wss://memory.test/'

interface Given extends Omit<RigOptions<typeof raw>, 'rotation'> {
  readonly rotation?: RotationOptions
}

/** An open socket that can rotate, on its first connection. */
async function open({ rotation: how = {}, ...options }: Given = {}) {
  const made = await openRig({ retryDelay: () => 60_000, rotation: rotation(how), ...options })
  const { clock, server, socket } = made
  const connection = (index: number) => () => server.connections[index] as MemoryConnection
  const t = {
    ...made,
    state: () =>
      socket.state.get() as SocketState & { readonly rotating: boolean; readonly suspect: boolean },
    first: connection(0)(),
    second: connection(1),
    third: connection(2),
    /** What each connection received, in order. */
    received: () => server.connections.map(({ received }) => received),
    settle: () => clock.advance(0),
    async says(from: MemoryConnection, ...frames: string[]) {
      for (const frame of frames) from.send(frame)
      await clock.advance(0)
    },
    /** Asks for one whose second connection nobody answers yet. */
    async ask() {
      server.mode = 'ignore'
      socket.rotate()
      await clock.advance(0)
      server.mode = 'accept'
    },
    async accept() {
      server.latest.accept()
      await clock.advance(0)
    },
  }
  return t
}

/** A handshake for the second connection alone. */
function onSecond(handshake: Handshake): Handshake {
  let opened = 0
  return (context) => (++opened === 2 ? handshake(context) : undefined)
}

const phases = ['opening', 'fencing', 'lingering'] as const
type Phase = (typeof phases)[number]

/** The same in the midst of a rotation. With a heartbeat: the pong on the first connection is what it waits for. */
async function during(phase: Phase, options: Given = {}) {
  const t = await open({ heartbeat: heartbeat(), ...options })
  await t.ask()
  if (phase !== 'opening') await t.accept()
  if (phase === 'lingering') await t.says(t.first, 'pong')
  return t
}

/** All that two transports could leave behind. */
const left = ({ clock, server }: Awaited<ReturnType<typeof open>>) => ({
  timers: clock.timers,
  live: server.live,
  listening: server.connections.filter(({ client }) => client.onmessage).length,
})

describe('by hand', () => {
  it('goes over to a second transport, without a word to the app but the state', async () => {
    const t = await open()
    const told = record(t.socket)
    await t.clock.advance(10)
    const before = t.socket.transport
    t.socket.rotate()
    expect(t.state()).toMatchObject({ status: 'open', rotating: true, since: 1_000_000 })
    await t.settle()
    expect(t.state()).toMatchObject({ status: 'open', rotating: false, since: 1_000_010 })
    expect(told.map(([name, state]) => [name, state.status, state.rotating])).toEqual([
      ['state', 'open', true],
      ['state', 'open', false],
    ])
    expect(before).toBe(t.first.client)
    expect(t.socket.transport).toBe(t.second().client)
  })

  it('lets messages go all the while: over the first until the second was accepted, then over that', async () => {
    const t = await open()
    t.socket.send('a')
    await t.ask()
    t.socket.send('b')
    await t.accept()
    t.socket.send('c')
    expect(t.received()).toEqual([['a', 'b'], ['c']])
  })

  it('the first is heard while it lingers, closed after 5 000, and not heard any more', async () => {
    const t = await open({ server: { lateFrames: true, holdClose: true } })
    const messages = tape(t.socket, 'message')
    const told = record(t.socket, ['close', 'error'])
    t.socket.rotate()
    await t.settle()
    await t.clock.advance(4_000)
    await t.says(t.first, 'a late reply')
    await t.clock.advance(999)
    expect(t.first.clientClose).toBeUndefined()
    await t.clock.advance(1)
    expect(t.first.clientClose).toMatchObject({ code: 1000 })
    await t.says(t.first, 'too late')
    t.first.answerClose()
    await t.settle()
    expect([messages, told]).toEqual([['a late reply'], []])
    expect(left(t)).toMatchObject({ timers: 0, live: 1, listening: 1 })
  })

  it('the first is closed as one that answers: not killed', async () => {
    const t = await open({ server: { terminable: true } })
    t.socket.rotate()
    await t.clock.advance(6_000)
    expect(t.server.log.map(({ type }) => type)).not.toContain('terminate')
    expect(t.server.live).toBe(1)
  })

  it('shows the subprotocol of the second', async () => {
    let offered = ['v1']
    const t = await open({ protocols: () => offered })
    expect(t.state()).toMatchObject({ protocol: 'v1' })
    offered = ['v2']
    t.socket.rotate()
    await t.settle()
    expect(t.state()).toMatchObject({ protocol: 'v2' })
  })

  it('B38 asks for the URL anew', async () => {
    let n = 0
    const t = await open({ url: () => `ws://memory.test/${++n}` })
    t.socket.rotate()
    await t.settle()
    expect(t.server.connections.map(({ url }) => url)).toEqual(['ws://memory.test/1', 'ws://memory.test/2'])
  })

  it('B127 twice is once', async () => {
    const t = await open({ heartbeat: heartbeat() })
    for (const step of [() => t.ask(), () => t.accept(), () => t.says(t.first, 'pong')]) {
      t.socket.rotate()
      await step()
    }
    // The first of these asked already; what came after changed nothing.
    expect(t.server.connections).toHaveLength(2)
    expect(t.state().rotating).toBe(false)
  })

  it('again while the first lingers ends that, so that there are never more than two', async () => {
    const t = await open()
    for (let n = 2; n < 20; n++) {
      t.socket.rotate()
      const open = t.server.connections.filter(({ client }) => client.readyState < client.CLOSING)
      expect(open).toHaveLength(2)
      await t.settle()
      t.socket.send(String(n))
      expect(t.server.latest.received).toEqual([String(n)])
      expect([t.server.connections.length, t.server.live]).toEqual([n, 2])
    }
    await t.clock.advance(5_000)
    expect(left(t)).toEqual({ timers: 0, live: 1, listening: 1 })
  })

  it.each(['idle', 'connecting', 'waiting', 'closing', 'closed'])('does nothing while %s', async (status) => {
    const t = rig({
      rotation: rotation(),
      retryDelay: () => 60_000,
      server: { mode: status === 'connecting' ? 'ignore' : 'accept', holdClose: true },
    })
    if (status !== 'idle') t.socket.connect()
    await t.clock.advance(0)
    if (status === 'waiting') t.server.latest.die()
    if (status.startsWith('clos')) void t.socket.close()
    await t.clock.advance(status === 'closed' ? 2_000 : 0)
    expect(t.status()).toBe(status)
    const before = t.server.connections.length
    t.socket.rotate()
    await t.clock.advance(100)
    expect([t.status(), t.server.connections.length]).toEqual([status, before])
  })

  it('without the option throws INVALID_OPTION in any state, and changes nothing', async () => {
    const { clock, server, socket, status } = rig()
    const rotate = () =>
      expect(() => socket.rotate()).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
    rotate()
    socket.connect()
    await clock.advance(0)
    rotate()
    expect([status(), server.connections.length]).toEqual(['open', 1])
  })

  it("renew: 'rotate' without the option throws INVALID_OPTION at createSocket", () => {
    const auth = tokenAuth({ getToken: () => 't', renew: 'rotate' })
    const make = (options: object) => () => createSocket(wss, { auth, ...options })
    expect(make({})).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
    expect(make({})).toThrow('rotation')
    expect(make({ rotation: rotation() })).not.toThrow()
  })

  it('in a listener of open', async () => {
    const { clock, server, socket, status } = rig({ rotation: rotation() })
    let opens = 0
    socket.on('open', () => {
      opens++
      socket.rotate()
    })
    socket.send('a')
    socket.connect()
    await clock.advance(0)
    expect([status(), opens, server.connections.length]).toEqual(['open', 1, 2])
    expect(server.connections.flatMap(({ received }) => received)).toEqual(['a'])
  })

  it('B6 the second is a new connection for minUptime, the attempts begin with it', async () => {
    const t = await open()
    await t.clock.advance(60_000)
    t.socket.rotate()
    await t.settle()
    t.server.latest.die()
    await t.settle()
    expect(t.state()).toMatchObject({ status: 'waiting', attempt: 1 })
  })

  it('the inspector sees both attempts, and no token', async () => {
    const seen: unknown[] = []
    const t = await open({
      url: wss,
      auth: tokenAuth({ getToken: () => 'hush' }),
      inspect: (event) => seen.push(event),
    })
    t.socket.rotate()
    await t.settle()
    expect(seen.filter((event) => (event as { type: string }).type === 'attempt')).toHaveLength(2)
    expect(JSON.stringify(seen)).not.toContain('hush')
  })
})

describe('the fence', () => {
  it('is the pong to a ping behind all that was sent; what is sent meanwhile waits, and keeps its order', async () => {
    const t = await during('opening')
    t.socket.send('a')
    await t.accept()
    const receipts = ['b', 'c'].map((message) => t.socket.send(message))
    await t.clock.advance(1_000)
    expect(t.received()).toEqual([['a', 'ping'], []])
    expect(receipts.map(({ status }) => status)).toEqual(['queued', 'queued'])
    expect(t.socket.queue.get()).toMatchObject({ messages: 2 })
    await t.says(t.first, 'pong')
    t.socket.send('d')
    expect(t.received()).toEqual([
      ['a', 'ping'],
      ['b', 'c', 'd'],
    ])
    expect(
      t.server.log.flatMap((entry) =>
        entry.type === 'message' && entry.from === 'client' ? entry.data : [],
      ),
    ).toEqual(['a', 'ping', 'b', 'c', 'd'])
  })

  it('B62 takes over what a suspicion held: it goes over the second', async () => {
    const around = surroundings()
    const t = await during('opening', { environment: around.environment })
    around.network.tell('change')
    t.socket.send('a')
    await t.accept()
    expect(t.received()).toEqual([['ping', 'ping'], []])
    await t.says(t.first, 'pong', 'pong')
    await t.says(t.second(), 'pong')
    expect(t.received().map((frames) => frames.filter((frame) => frame !== 'ping'))).toEqual([[], ['a']])
  })

  it('is not the pong to an older ping', async () => {
    const t = await open({ heartbeat: heartbeat() })
    await t.clock.advance(25_000)
    t.socket.rotate()
    await t.settle()
    t.socket.send('a')
    expect(t.first.received).toEqual(['ping', 'ping'])
    await t.says(t.first, 'pong')
    expect(t.received()[1]).toEqual([])
    await t.says(t.first, 'pong')
    expect(t.received()[1]).toEqual(['a'])
  })

  it('is the pong of the protocol where that can be had', async () => {
    const pinged: unknown[] = []
    const tell: ((what: 'ping' | 'pong') => void)[] = []
    const t = await open({
      heartbeat: heartbeat(),
      environment: {
        protocolPings: (transport, told) => {
          tell.push(told)
          return () => void pinged.push(transport)
        },
      },
    })
    t.socket.rotate()
    await t.settle()
    t.socket.send('a')
    expect([pinged, t.received()]).toEqual([[t.first.client], [[], []]])
    tell[0]?.('ping')
    expect(t.received()).toEqual([[], []])
    tell[0]?.('pong')
    expect(t.received()).toEqual([[], ['a']])
  })

  const withoutPings: [string, { readonly heartbeat?: Heartbeat }][] = [
    ['without a heartbeat', {}],
    ['with one that sends nothing', { heartbeat: heartbeat({ passive: true }) }],
    [
      'with one of one’s own that knows no fence',
      { heartbeat: { begin: () => ({ heard: () => {}, receive: () => false, stop: () => {} }) } },
    ],
  ]
  it.each(withoutPings)('is an empty buffer %s', async (_, options) => {
    const t = await open({ ...options, server: { buffered: 'manual' } })
    t.socket.send('abc')
    t.socket.rotate()
    await t.settle()
    t.socket.send('d')
    t.first.drain(2)
    await t.clock.advance(1_000)
    expect([t.first.sent, t.second().sent, t.state().rotating]).toEqual([['abc'], [], true])
    t.first.drain(1)
    await t.clock.advance(100)
    expect([t.first.received, t.second().sent, t.state().rotating]).toEqual([['abc'], ['d'], false])
  })

  it.each([
    ['2 000', {}, 2_000],
    ['fenceTimeout', { fenceTimeout: 300 }, 300],
  ])(
    'is given up after %s: what cannot be proven is believed, and nothing is doubled',
    async (_, how, time) => {
      const t = await during('opening', { rotation: how })
      t.socket.send('a')
      t.first.stall()
      t.socket.send('b')
      await t.accept()
      t.socket.send('c')
      await t.clock.advance(time - 1)
      expect(t.received()).toEqual([['a'], []])
      await t.clock.advance(1)
      expect(t.received()).toEqual([['a'], ['c']])
      t.first.heal()
      await t.settle()
      expect(t.received()).toEqual([['a', 'b', 'ping'], ['c']])
    },
  )

  it('B82 now or never is never meanwhile', async () => {
    const t = await during('fencing')
    const receipt = t.socket.send('a', { queue: false })
    expect(await outcome(receipt.sent)).toBe('QUEUE_FULL')
  })

  it('B79 without a queue messages go over the first, and then over the second', async () => {
    const t = await during('fencing', { queue: false })
    const receipts = [t.socket.send('a')]
    await t.says(t.first, 'pong')
    receipts.push(t.socket.send('b'))
    expect(receipts.map(({ status }) => status)).toEqual(['sent', 'sent'])
    expect(t.received()).toEqual([['ping', 'a'], ['b']])
  })

  it('B72 B80 the queue’s limits hold meanwhile', async () => {
    const t = await during('fencing', { queue: offlineQueue({ maxMessages: 1, ttl: 1_000 }) })
    const receipts = ['a', 'b'].map((message) => t.socket.send(message))
    expect(await outcome((receipts[1] as { sent: Promise<void> }).sent)).toBe('QUEUE_FULL')
    await t.clock.advance(1_001)
    await t.says(t.first, 'pong')
    expect(await outcome((receipts[0] as { sent: Promise<void> }).sent)).toBe('EXPIRED')
    expect(t.received()[1]).toEqual([])
  })

  it('B73 B75 the second has a buffer of its own', async () => {
    const t = await open({ highWaterMark: 10, server: { buffered: 'manual' } })
    for (let n = 0; n < 6; n++) t.socket.send('12345')
    await t.settle()
    expect(t.first.sent).toHaveLength(2)
    t.socket.rotate()
    await t.settle()
    t.first.drain()
    await t.clock.advance(100)
    expect([t.first.sent.length, t.second().sent.length]).toEqual([2, 2])
    t.second().drain()
    await t.clock.advance(100)
    expect(t.second().sent).toHaveLength(4)
  })

  it('the queue runs dry on the second, and drained() knows', async () => {
    const t = await during('fencing')
    t.socket.send('a')
    const drained = t.socket.queue.drained()
    expect(await outcome(drained)).toBe('pending')
    await t.says(t.first, 'pong')
    expect(await outcome(drained)).toBe('resolved')
  })
})

describe('what each connection has to hear', () => {
  it('auth, onHandshake and extensions run on the second, in that order, before any message', async () => {
    const { clock, server, socket } = rig({
      url: wss,
      codec: json(),
      rotation: rotation(),
      auth: tokenAuth({
        getToken: () => 't',
        attach: 'message',
        isAccepted: (message: any) => message.type === 'welcome',
      }),
      onHandshake: ({ send }) => send('join'),
      server: {
        onMessage: (frame, connection) => {
          if (String(frame).includes('auth')) connection.send('{"type":"welcome"}')
        },
      },
    })
    const messages = tape(socket, 'message')
    socket.use({ name: 'one', handshake: ({ send }) => send('resume') })
    socket.connect()
    await clock.advance(0)
    socket.rotate()
    await clock.advance(0)
    socket.send('app')
    expect(
      server.connections.map(({ received }) => received.map((frame) => JSON.parse(String(frame)))),
    ).toEqual([
      [{ type: 'auth', token: 't' }, 'join', 'resume'],
      [{ type: 'auth', token: 't' }, 'join', 'resume', 'app'],
    ])
    expect(messages).toEqual([])
  })

  it('B40 the first is in use until the server accepted the second', async () => {
    const t = await open({ onHandshake: onSecond(({ receive }) => receive().then(() => {})) })
    t.socket.rotate()
    await t.settle()
    t.socket.send('a')
    expect([t.state().rotating, t.received()]).toEqual([true, [['a'], []]])
    await t.says(t.second(), 'go on')
    t.socket.send('b')
    expect([t.state().rotating, t.received()]).toEqual([false, [['a'], ['b']]])
  })

  it('B75 what the second says in its handshake leaves the account of the first as it is', async () => {
    const waitsOnSecond = onSecond(({ receive }) => receive().then(() => {}))
    const t = await open({
      retryDelay: () => 1,
      server: { buffered: 'manual' },
      onHandshake: (context) => {
        context.send('hello')
        return waitsOnSecond(context)
      },
    })
    t.first.drain()
    for (const message of ['a', 'b', 'c']) t.socket.send(message)
    t.socket.rotate()
    await t.settle()
    expect([t.first.sent, t.second().sent]).toEqual([['hello', 'a', 'b', 'c'], ['hello']])
    t.first.die()
    await t.clock.advance(1)
    t.third().drain()
    await t.clock.advance(100)
    expect(t.third().sent).toEqual(['hello', 'a', 'b', 'c'])
  })

  it('B75 an answer on the first that lingers leaves the account of the second as it is', async () => {
    const t = await during('lingering', {
      heartbeat: heartbeat({ isPing: (message) => message === 'there?', pong: 'here' }),
      retryDelay: () => 1,
      server: { buffered: 'manual' },
    })
    for (const message of ['a', 'b', 'c']) t.socket.send(message)
    await t.says(t.first, 'there?')
    expect(t.first.sent).toEqual(['ping', 'here'])
    t.second().die()
    await t.clock.advance(1)
    expect(t.third().sent).toEqual(['a', 'b', 'c'])
  })
})

describe('where the second fails, the first goes on', () => {
  const never = () => new Promise<never>(() => {})
  const boom = (): never => {
    throw new Error('mine')
  }
  const boom401 = (): never => {
    throw new SocketError('UNAUTHORIZED', 'gone')
  }
  /** The same each time, but for the second attempt. */
  const but = (usual: string, otherwise: () => string | Promise<string>) => {
    let attempts = 0
    return () => (++attempts === 2 ? otherwise() : usual)
  }
  const urlBut = (otherwise: () => string | Promise<string>) => but(wss, otherwise)
  type Rig = Awaited<ReturnType<typeof open>>
  const failures: [string, () => Given, ((t: Rig) => void)?][] = [
    ['refused', () => ({}), (t) => t.second().refuse()],
    ['lost before it opened', () => ({}), (t) => t.second().die()],
    [
      'refused for its token',
      () => ({ onHandshake: onSecond(never) }),
      (t) => {
        t.second().accept()
        t.second().close(4401)
      },
    ],
    [
      'closed while it is greeted',
      () => ({ onHandshake: onSecond(never) }),
      (t) => {
        t.second().accept()
        t.second().close(1013, 'busy')
      },
    ],
    [
      'with an error and never a close while it is greeted',
      () => ({ onHandshake: onSecond(never) }),
      (t) => {
        t.second().accept()
        t.second().error()
      },
    ],
    ['never accepted', () => ({ connectTimeout: 500 }), (t) => t.clock.advanceSync(500)],
    [
      'never greeted',
      () => ({ connectTimeout: 500, onHandshake: onSecond(never) }),
      (t) => {
        t.second().accept()
        t.clock.advanceSync(500)
      },
    ],
    ['with a handshake that throws', () => ({ onHandshake: onSecond(boom) }), (t) => t.second().accept()],
    [
      'refused in its handshake',
      () => ({
        onHandshake: onSecond(() => {
          throw new SocketError('UNAUTHORIZED', 'no')
        }),
      }),
      (t) => t.second().accept(),
    ],
    ['with a URL that throws', () => ({ url: urlBut(boom) })],
    ['with a URL that none can take', () => ({ url: urlBut(() => 'ftp://a.test/') })],
    [
      'with a URL that never comes',
      () => ({ connectTimeout: 500, url: urlBut(never) }),
      (t) => t.clock.advanceSync(500),
    ],
    [
      'with a getToken that rejects',
      () => {
        const getToken = urlBut(() => Promise.reject(new Error('down')))
        return { url: wss, auth: tokenAuth({ getToken }) }
      },
    ],
    ['with subprotocols that none can take', () => ({ protocols: but('chat', () => 'a b') })],
  ]

  it.each(failures)('%s', async (_, make, fail) => {
    const t = await open(make())
    const told = record(t.socket, ['open', 'close', 'drop', 'error'])
    await t.ask()
    t.socket.send('a')
    fail?.(t)
    await t.settle()
    expect(t.state()).toMatchObject({ status: 'open', rotating: false })
    expect(told.map(([name, error]) => [name, error.name])).toEqual([['error', 'SocketError']])
    expect(told[0]?.[1]).toMatchObject({ code: 'ROTATION', message: expect.stringContaining('second') })
    t.socket.send('b')
    expect(t.first.received).toEqual(['a', 'b'])
    expect(left(t)).toEqual({ timers: 0, live: 1, listening: 1 })
    // And the next one is not the worse for it.
    t.socket.rotate()
    await t.settle()
    t.socket.send('c')
    expect(t.server.latest).not.toBe(t.first)
    expect(t.server.latest.received.at(-1)).toBe('c')
  })

  it.each([
    ['lost', (t: Awaited<ReturnType<typeof open>>) => t.second().die()],
    ['closed', (t: Awaited<ReturnType<typeof open>>) => t.second().close(4401)],
  ])('%s while the first is emptied: what waited goes over the first', async (_, fail) => {
    const t = await during('fencing')
    const told = record(t.socket, ['open', 'close', 'drop', 'error'])
    t.socket.send('a')
    fail(t)
    await t.settle()
    expect(told).toMatchObject([['error', { code: 'ROTATION' }]])
    expect(t.received()).toEqual([['ping', 'a'], []])
    expect(t.state()).toMatchObject({ status: 'open', rotating: false })
    // The pong that was waited for moves nothing any more.
    await t.says(t.first, 'pong')
    t.socket.send('b')
    expect(t.first.received.at(-1)).toBe('b')
  })

  it('the signal that its functions got is aborted', async () => {
    const signals: AbortSignal[] = []
    const t = await open({
      url: ({ signal }) => {
        signals.push(signal)
        return signals.length === 2 ? new Promise<string>(() => {}) : wss
      },
    })
    t.socket.rotate()
    await t.clock.advance(10_000)
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, true])
  })

  it('B49 the error shows no token', async () => {
    const t = await open({
      url: wss,
      auth: tokenAuth({ getToken: () => 'hush' }),
      onHandshake: onSecond(never),
    })
    const errors = tape(t.socket, 'error')
    await t.ask()
    t.second().accept()
    t.second().close(4000, 'bad token hush')
    await t.settle()
    expect(errors).toHaveLength(1)
    expect(`${errors[0]?.message} ${JSON.stringify(errors)}`).not.toContain('hush')
  })

  it('B42 a token that the server refused there is not tried again', async () => {
    const reasons: string[] = []
    const t = await open({
      url: wss,
      onHandshake: onSecond(() => {
        throw new SocketError('UNAUTHORIZED', 'no')
      }),
      auth: tokenAuth({
        getToken: ({ reason }) => {
          reasons.push(reason)
          return { token: `t${reasons.length}`, expiresAt: 1e13 }
        },
      }),
    })
    t.socket.rotate()
    await t.settle()
    t.socket.rotate()
    await t.settle()
    expect(t.server.connections.map(({ url }) => url)).toEqual([1, 1, 2].map((n) => `${wss}?token=t${n}`))
  })

  it.each([
    ['B47 no token', () => null, { status: 'closed', cause: { origin: 'auth' } }],
    ['B43 UNAUTHORIZED', boom401, { status: 'unauthorized' }],
  ])('%s for the second means none for the first either: it ends', async (_, answer, state) => {
    let calls = 0
    const t = await open({ url: wss, auth: tokenAuth({ getToken: () => (calls++ ? answer() : 't') }) })
    t.socket.rotate()
    await t.settle()
    expect(t.state()).toMatchObject(state)
    expect(left(t)).toEqual({ timers: 0, live: 0, listening: 0 })
  })

  it('B62 a first that is suspect keeps what waits until it answers', async () => {
    for (const phase of ['opening', 'fencing'] as const) {
      const around = surroundings()
      const t = await during(phase, { environment: around.environment })
      around.network.tell('change')
      t.socket.send('a')
      t.second().die()
      await t.settle()
      expect(t.state()).toMatchObject({ status: 'open', suspect: true, rotating: false })
      expect(t.first.received).not.toContain('a')
      await t.says(t.first, ...t.first.received.map(() => 'pong'))
      expect(t.state().suspect).toBe(false)
      expect(t.first.received.at(-1)).toBe('a')
    }
  })
})

describe('where the first is lost', () => {
  it('before the second was accepted: as without a rotation, and the second is let go', async () => {
    const t = await during('opening')
    const closes = tape(t.socket, 'close')
    t.first.die()
    await t.settle()
    expect(closes).toMatchObject([{ code: 1006, origin: 'network' }])
    expect(t.state()).toMatchObject({ status: 'waiting', attempt: 1 })
    expect(t.server.live).toBe(0)
    await t.clock.advance(60_000)
    expect([t.state().status, t.server.connections.length]).toEqual(['open', 3])
  })

  it('B75 while it is emptied: the second takes over, and what the first still held goes over it, ahead of what waits', async () => {
    const t = await open({ server: { buffered: 'manual' } })
    const told = record(t.socket, ['open', 'close', 'drop', 'error'])
    t.socket.send('a')
    t.first.drain()
    for (const message of ['b', 'c']) t.socket.send(message)
    await t.ask()
    await t.accept()
    t.socket.send('d')
    t.first.die()
    await t.clock.advance(100)
    expect(told).toEqual([])
    expect(t.state()).toMatchObject({ status: 'open', rotating: false })
    expect([t.first.received, t.second().sent]).toEqual([['a'], ['b', 'c', 'd']])
    expect(left(t)).toMatchObject({ live: 1, listening: 1 })
  })

  it.each([1000, 1001, 4401])('closed with %i while it is emptied: the same', async (code) => {
    const t = await during('fencing')
    const told = record(t.socket, ['open', 'close', 'drop', 'error'])
    t.socket.send('a')
    t.first.close(code)
    await t.settle()
    expect([told, t.state().status, t.second().received]).toEqual([[], 'open', ['a']])
  })

  it('B77 silent while it is emptied: the second takes over, and nothing is sent twice', async () => {
    const t = await during('opening', {
      heartbeat: heartbeat({ interval: 1_000, timeout: 500 }),
      rotation: { fenceTimeout: 60_000 },
      server: {
        terminable: true,
        onMessage: (frame, connection) => frame === 'ping' && connection.send('pong'),
      },
    })
    t.first.stall()
    t.socket.send('a')
    await t.accept()
    t.socket.send('b')
    await t.clock.advance(1_500)
    expect(t.state()).toMatchObject({ status: 'open', rotating: false })
    expect(t.second().received.filter((frame) => frame !== 'ping')).toEqual(['b'])
    expect(t.server.log.filter(({ type }) => type === 'terminate')).toMatchObject([{ connection: 0 }])
    expect(t.server.live).toBe(1)
  })

  it('while it lingers: nobody is told', async () => {
    const t = await during('lingering')
    const told = record(t.socket)
    t.first.die({ error: true })
    await t.clock.advance(10_000)
    expect([told, t.state().status]).toEqual([[], 'open'])
  })

  it('B77 and then the second: what is uncertain is what that one took', async () => {
    const t = await open()
    const closes = tape(t.socket, 'close')
    for (const message of ['a', 'b']) t.socket.send(message)
    t.socket.rotate()
    await t.settle()
    t.socket.send('cde')
    t.second().die()
    await t.settle()
    expect(closes).toMatchObject([{ uncertain: { messages: 1, bytes: 3 } }])
  })

  it('and the second while the first lingers: as ever, and the first goes, too', async () => {
    const t = await during('lingering')
    const closes = tape(t.socket, 'close')
    t.second().die()
    await t.settle()
    expect(closes).toMatchObject([{ code: 1006, origin: 'network' }])
    expect([t.state().status, left(t)]).toMatchObject(['waiting', { live: 0, listening: 0, timers: 1 }])
  })
})

it('B53 a network that changes while the first is emptied makes the second suspect, too: both may be dead', async () => {
  const around = surroundings()
  const t = await during('fencing', { environment: around.environment, retryDelay: () => 1 })
  t.first.stall()
  t.second().stall()
  around.network.tell('change')
  t.socket.send('a')
  await t.clock.advance(8_000)
  expect(t.server.connections).toHaveLength(3)
  expect(t.third().received).toEqual(['a'])
})

describe.each(phases)('in the midst of it: %s', (phase) => {
  it('B33 close() ends both, and nothing follows', async () => {
    const t = await during(phase)
    const told = record(t.socket)
    expect(await outcome(Promise.all([t.socket.close(4000, 'bye'), t.settle()]))).toBe('resolved')
    const before = told.length
    await t.clock.advance(60_000)
    expect(told).toHaveLength(before)
    expect(told.filter(([name]) => name === 'close')).toHaveLength(1)
    expect([t.state().status, left(t)]).toEqual(['closed', { timers: 0, live: 0, listening: 0 }])
    expect(t.server.connections).toHaveLength(2)
  })

  it('B85 close({ drain }) lets what waits arrive, once', async () => {
    const t = await during(phase)
    t.socket.send('a')
    const closed = t.socket.close(1000, 'bye', { drain: 10_000 })
    await t.settle()
    await t.says(t.first, 'pong', 'pong')
    await t.clock.advance(12_000)
    expect(await outcome(closed)).toBe('resolved')
    expect(
      t
        .received()
        .flat()
        .filter((frame) => frame === 'a'),
    ).toEqual(['a'])
    expect([t.state().status, left(t)]).toEqual(['closed', { timers: 0, live: 0, listening: 0 }])
  })

  it('reconnect() replaces both by one', async () => {
    const t = await during(phase)
    const told = record(t.socket, ['open', 'close', 'error'])
    t.socket.send('a')
    t.socket.reconnect()
    await t.settle()
    expect(told.map(([name]) => name)).toEqual(['close', 'open'])
    expect(t.state()).toMatchObject({ status: 'open', rotating: false, suspect: false })
    expect(
      t
        .received()
        .flat()
        .filter((frame) => frame === 'a'),
    ).toEqual(['a'])
    await t.clock.advance(1_000)
    expect([t.server.connections.length, left(t)]).toEqual([3, { timers: 1, live: 1, listening: 1 }])
    t.socket.send('b')
    expect(t.third().received.at(-1)).toBe('b')
  })

  it('B60 the back/forward cache closes both, and on return there is one', async () => {
    const around = surroundings()
    const t = await during(phase, { environment: around.environment })
    t.socket.send('a')
    around.page.tell('leave')
    await t.settle()
    expect([t.state().status, left(t)]).toEqual(['suspended', { timers: 0, live: 0, listening: 0 }])
    around.page.tell('resume', 'return')
    await t.settle()
    expect([t.state().status, t.server.connections.length, t.server.live]).toEqual(['open', 3, 1])
    expect(
      t
        .received()
        .flat()
        .filter((frame) => frame === 'a'),
    ).toEqual(['a'])
  })

  it('B57 being hidden, or offline, ends nothing', async () => {
    const around = surroundings()
    const t = await during(phase, {
      environment: around.environment,
      whenHidden: 'suspend',
      whenOffline: 'suspend',
    })
    around.turns('hidden')
    around.goes('offline')
    await t.says(t.first, 'pong')
    if (phase === 'opening') await t.accept()
    await t.says(t.first, 'pong')
    await t.says(t.second(), 'pong')
    t.socket.send('a')
    expect(t.state()).toMatchObject({ status: 'open', rotating: false, suspect: false })
    expect(t.second().received.at(-1)).toBe('a')
  })

  it('B53 a network that changes asks the one in use, and the rotation goes on', async () => {
    const around = surroundings()
    const t = await during(phase, { environment: around.environment })
    around.network.tell('change')
    t.socket.send('a')
    const inUse = phase === 'lingering' ? t.second() : t.first
    expect([t.state().suspect, inUse.received.at(-1)]).toEqual([true, 'ping'])
    await t.says(t.first, 'pong', 'pong')
    if (phase === 'opening') await t.accept()
    await t.says(t.first, 'pong')
    await t.says(t.second(), 'pong')
    expect(t.state()).toMatchObject({ status: 'open', suspect: false, rotating: false })
    t.socket.send('b')
    expect(
      t
        .received()
        .flat()
        .filter((frame) => frame !== 'ping'),
    ).toEqual(['a', 'b'])
    expect(t.second().received.at(-1)).toBe('b')
  })

  it('B30 a listener that throws harms nothing', async () => {
    const t = await open({ heartbeat: heartbeat() })
    t.socket.on('state', () => {
      throw new Error('mine')
    })
    await t.ask()
    await t.accept()
    await t.says(t.first, 'pong')
    t.socket.send('a')
    expect(t.second().received).toEqual(['a'])
    expect(t.reported).toHaveLength(2)
  })
})

describe('in the very listener that hears of it', () => {
  it.each(['begins', 'is done'])('close() where it %s', async (when) => {
    const t = await open()
    t.socket.on('state', (state) => {
      if (state.status === 'open' && state.rotating === (when === 'begins')) void t.socket.close()
    })
    t.socket.rotate()
    await t.clock.advance(60_000)
    expect([t.state().status, t.server.connections.length]).toEqual(['closed', when === 'begins' ? 1 : 2])
    expect(left(t)).toEqual({ timers: 0, live: 0, listening: 0 })
  })

  it.each(['begins', 'is done'])('reconnect() where it %s', async (when) => {
    const t = await open()
    const off = t.socket.on('state', (state) => {
      if (state.status !== 'open' || state.rotating !== (when === 'begins')) return
      off()
      t.socket.reconnect()
    })
    t.socket.rotate()
    await t.clock.advance(60_000)
    t.socket.send('a')
    expect(t.server.latest.received).toEqual(['a'])
    expect(left(t)).toEqual({ timers: 0, live: 1, listening: 1 })
  })

  it('close() where the second failed', async () => {
    const t = await open()
    t.socket.on('error', () => void t.socket.close())
    await t.ask()
    t.second().refuse()
    await t.clock.advance(60_000)
    expect([t.state().status, left(t)]).toEqual(['closed', { timers: 0, live: 0, listening: 0 }])
  })

  it('rotate() where one is done makes another', async () => {
    const t = await open()
    const off = t.socket.on('state', (state) => {
      if (state.status !== 'open' || state.rotating) return
      off()
      t.socket.rotate()
    })
    t.socket.rotate()
    await t.settle()
    t.socket.send('a')
    expect([t.server.connections.length, t.third().received]).toEqual([3, ['a']])
    expect(t.server.live).toBe(2)
  })
})

describe('what comes in', () => {
  it('on the first is told at once, on the second once that took over, in order', async () => {
    const t = await during('fencing')
    const messages = tape(t.socket, 'message')
    await t.says(t.second(), 's1', 's2')
    await t.says(t.first, 'f1')
    await t.says(t.second(), 's3')
    await t.says(t.first, 'f2')
    expect(messages).toEqual(['f1', 'f2'])
    await t.says(t.first, 'pong', 'f3')
    await t.says(t.second(), 's4')
    await t.says(t.first, 'f4')
    expect(messages).toEqual(['f1', 'f2', 's1', 's2', 's3', 'f3', 's4', 'f4'])
  })

  it('with the acceptance of the second is told after the state', async () => {
    const t = await open({ server: { onOpen: (connection) => connection.index && connection.send('hello') } })
    const told = record(t.socket, ['state', 'message'])
    t.socket.rotate()
    await t.settle()
    expect(told.map(([name, payload]) => (name === 'state' ? payload.rotating : payload))).toEqual([
      true,
      false,
      'hello',
    ])
  })

  it.each(['close', 'reconnect'] as const)(
    'is told no further where a listener calls %s()',
    async (member) => {
      const t = await during('fencing')
      const messages = tape(t.socket, 'message')
      t.socket.on('message', () => void t.socket[member]())
      await t.says(t.second(), 's1', 's2')
      await t.says(t.first, 'pong')
      expect(messages).toEqual(['s1'])
    },
  )

  it('beyond inboundBuffer is not lost', async () => {
    const t = await during('fencing', { inboundBuffer: 3 })
    const messages = tape(t.socket, 'message')
    const errors = tape(t.socket, 'error')
    const all = Array.from({ length: 20 }, (_, n) => `s${n}`)
    await t.says(t.second(), ...all.slice(0, 10))
    await t.says(t.first, 'pong')
    await t.says(t.second(), ...all.slice(10))
    expect([messages, errors]).toEqual([all, []])
  })

  it('B69 beyond inboundBuffer, too, a server’s ping is answered and reaches no listener', async () => {
    const t = await during('fencing', {
      inboundBuffer: 1,
      heartbeat: heartbeat({ isPing: (message) => message === 'there?', pong: 'here' }),
    })
    const messages = tape(t.socket, 'message')
    await t.says(t.second(), 's1', 's2', 'there?', 's3')
    await t.says(t.first, 'pong')
    expect([messages, t.second().received]).toEqual([['s1', 's2', 's3'], ['here']])
  })

  it('on a second that fails is told to nobody', async () => {
    const t = await during('fencing')
    const messages = tape(t.socket, 'message')
    await t.says(t.second(), 's1')
    t.second().die()
    await t.says(t.first, 'f1')
    expect(messages).toEqual(['f1'])
  })

  it('B69 a server’s ping on the second, before it took over, is answered then and reaches no listener', async () => {
    const t = await during('fencing', {
      heartbeat: heartbeat({ isPing: (message) => message === 'there?', pong: 'here' }),
    })
    const messages = tape(t.socket, 'message')
    await t.says(t.second(), 'there?', 'news')
    await t.says(t.first, 'pong')
    expect([messages, t.second().received]).toEqual([['news'], ['here']])
  })

  it('B69 nor does a pong on the first that lingers', async () => {
    const t = await during('lingering')
    const messages = tape(t.socket, 'message')
    await t.says(t.first, 'pong', 'news')
    expect(messages).toEqual(['news'])
  })

  it('B65 the first is not asked any more whether it is there while it lingers', async () => {
    const t = await open({
      heartbeat: heartbeat({ interval: 1_000, timeout: 500 }),
      server: { onMessage: (frame, connection) => frame === 'ping' && connection.send('pong') },
    })
    t.socket.rotate()
    await t.settle()
    expect(t.first.received).toEqual(['ping'])
    await t.clock.advance(4_500)
    expect(t.received()).toEqual([['ping'], Array(4).fill('ping')])
  })

  it('B65 a ping that is out on the first does not end the second', async () => {
    const t = await open({ heartbeat: heartbeat() })
    await t.clock.advance(25_000)
    t.socket.rotate()
    await t.clock.advance(2_000)
    expect(t.state().rotating).toBe(false)
    // Its own is due an interval after it was accepted.
    await t.clock.advance(22_999)
    expect([t.state().status, t.second().received]).toEqual(['open', []])
    await t.clock.advance(1)
    expect(t.second().received).toEqual(['ping'])
  })

  it('an iterator goes on over it', async () => {
    const t = await during('fencing')
    const iterator = t.socket.messages()
    t.first.send('f')
    t.second().send('s')
    await t.says(t.first, 'pong')
    expect([await iterator.next(), await iterator.next()]).toMatchObject([{ value: 'f' }, { value: 's' }])
  })

  it('an async schema keeps the order of both', async () => {
    const delays = [3, 1, 2, 0]
    const made = await openRig({
      rotation: rotation(),
      codec: {
        name: 'slow',
        encode: String,
        decode: (data: unknown) => data,
        parseIncoming: async (message: unknown) => {
          for (let turns = delays.shift() ?? 0; turns > 0; turns--) await Promise.resolve()
          return message as string
        },
      },
    })
    const messages = tape(made.socket, 'message')
    made.server.latest.send('f1')
    made.socket.rotate()
    await made.clock.advance(0)
    made.server.latest.send('s1')
    made.server.connections[0]?.send('f2')
    made.server.latest.send('s2')
    await made.clock.advance(0)
    expect(messages).toEqual(['f1', 's1', 'f2', 's2'])
  })
})

describe('a server that is going away', () => {
  const goingAway = (message: unknown) => {
    const [, left] = String(message).match(/^away in (\d+)$/) ?? []
    return left === undefined ? undefined : Number(left)
  }

  it('is left in time, and its message reaches no listener', async () => {
    const t = await open({ rotation: { goingAway } })
    const messages = tape(t.socket, 'message')
    await t.says(t.first, 'away in 10000', 'news')
    expect(t.server.connections).toHaveLength(1)
    await t.clock.advance(2_500)
    expect(t.server.connections).toHaveLength(2)
    t.socket.send('a')
    expect([messages, t.second().received]).toEqual([['news'], ['a']])
  })

  it('B46 is tried to be left again where that failed', async () => {
    const t = await open({ rotation: { goingAway } })
    const errors = tape(t.socket, 'error')
    t.server.mode = 'refuse'
    await t.says(t.first, 'away in 100')
    await t.clock.advance(25)
    expect(errors).toMatchObject([{ code: 'ROTATION' }])
    t.server.mode = 'accept'
    await t.clock.advance(7_500)
    expect([t.state().status, t.server.connections.length, errors.length]).toEqual(['open', 3, 1])
  })

  it('says so to no other connection: the timer ends with this one', async () => {
    const t = await open({ rotation: { goingAway }, retryDelay: () => 1 })
    await t.says(t.first, 'away in 100000')
    t.first.die()
    await t.clock.advance(1)
    expect(left(t)).toMatchObject({ live: 1, timers: 0 })
    await t.clock.advance(100_000)
    expect(t.server.connections).toHaveLength(2)
  })

  it('says so on the second while the first is emptied: that one is left, too, once it took over', async () => {
    const t = await during('fencing', { rotation: { goingAway } })
    const errors = tape(t.socket, 'error')
    await t.says(t.second(), 'away in 1000')
    await t.clock.advance(600)
    await t.says(t.first, 'pong')
    t.socket.send('a')
    // Not at once: a balancer might say so on each connection.
    await t.clock.advance(4_999)
    expect(t.server.connections).toHaveLength(2)
    await t.clock.advance(1)
    await t.says(t.second(), 'pong')
    t.socket.send('b')
    expect([t.server.connections.length, errors]).toEqual([3, []])
    expect(t.third().received).toEqual(['b'])
  })

  it('a goingAway that throws is told of, and harms nothing else', async () => {
    const t = await open({
      rotation: {
        goingAway: (message) => {
          if (message === 'bad') throw new Error('mine')
          return undefined
        },
      },
    })
    const messages = tape(t.socket, 'message')
    const errors = tape(t.socket, 'error')
    await t.says(t.first, 'bad', 'news')
    // What could not be understood as one is a message like any other.
    expect(messages).toEqual(['bad', 'news'])
    expect(errors).toMatchObject([{ cause: { message: 'mine' } }])
    expect(t.state().status).toBe('open')
  })
})

describe("renew: 'rotate'", () => {
  const life = 600_000
  /** Ten minutes, less the leeway, less half of a tenth of that. */
  const due = (life - 10_000) * 0.95

  /** Tokens t1, t2, … live for ten minutes; `answers` come in their place. */
  async function renewing(options: Partial<TokenAuthOptions> = {}, given: Given = {}) {
    const asked: TokenContext[] = []
    const answers: (() => unknown)[] = []
    let clock = { now: () => 1_000_000 }
    const t = await open({
      url: wss,
      auth: tokenAuth({
        getToken: async (context) => {
          asked.push(context)
          const answer = answers.shift()
          return answer ? (answer() as never) : { token: `t${asked.length}`, expiresAt: clock.now() + life }
        },
        renew: 'rotate',
        ...options,
      }),
      ...given,
    })
    clock = t.clock
    return { ...t, asked, answers, reasons: () => asked.map(({ reason }) => reason) }
  }

  it('B44 goes over to a connection with the new token before the old one expires', async () => {
    const t = await renewing()
    const told = record(t.socket, ['open', 'close', 'error'])
    t.socket.send('a')
    await t.clock.advance(due)
    t.socket.send('b')
    expect(t.server.connections.map(({ url }) => url)).toEqual([`${wss}?token=t1`, `${wss}?token=t2`])
    expect([t.received(), told, t.reasons()]).toEqual([[['a'], ['b']], [], ['connect', 'expiring']])
    await t.clock.advance(5_000)
    expect(t.server.live).toBe(1)
  })

  it('B44 again and again, once each time', async () => {
    const t = await renewing()
    for (let n = 2; n < 7; n++) {
      await t.clock.advance(due)
      expect([t.server.connections.length, t.asked.length]).toEqual([n, n])
    }
    expect(t.state()).toMatchObject({ status: 'open', rotating: false })
  })

  it('B44 by message: the token is the first frame on the second, and none goes over the first', async () => {
    const t = await renewing(
      { attach: 'message', isAccepted: (message) => message === 'welcome' },
      {
        server: {
          onMessage: (frame, connection) => String(frame).startsWith('t') && connection.send('welcome'),
        },
      },
    )
    await t.clock.advance(due)
    t.socket.send('a')
    expect(t.received()).toEqual([['t1'], ['t2', 'a']])
  })

  it('B45 after a sleep past the expiry it is renewed within a minute', async () => {
    const t = await renewing()
    t.clock.setNow(t.clock.now() + 10 * life)
    await t.clock.advance(60_000)
    expect([t.reasons(), t.server.connections.length]).toEqual([['connect', 'expiring'], 2])
  })

  it('B46 a renewal that fails is tried again, and the connection stays', async () => {
    const t = await renewing()
    const errors = tape(t.socket, 'error')
    t.answers.push(() => Promise.reject(new Error('down')))
    await t.clock.advance(due)
    expect(errors).toMatchObject([{ code: 'PROVIDER' }])
    expect(t.server.connections).toHaveLength(1)
    await t.clock.advance(7_500)
    expect([t.server.connections.length, t.state().status]).toEqual([2, 'open'])
  })

  it('B46 a rotation that fails is tried again with the same token, and the first goes on', async () => {
    const t = await renewing({}, { connectTimeout: 1_000 })
    const errors = tape(t.socket, 'error')
    t.server.mode = 'ignore'
    await t.clock.advance(due + 1_000)
    expect(errors).toMatchObject([{ code: 'ROTATION' }])
    t.server.mode = 'accept'
    t.socket.send('a')
    await t.clock.advance(7_500)
    t.socket.send('b')
    expect(t.received()).toEqual([['a'], [], ['b']])
    expect(t.server.latest.url).toBe(`${wss}?token=t2`)
    expect(t.reasons()).toEqual(['connect', 'expiring'])
  })

  it('B51 one whose handshake was refused, which may be about the token, with a fresh one', async () => {
    const t = await renewing()
    t.server.mode = 'refuse'
    await t.clock.advance(due)
    t.server.mode = 'accept'
    await t.clock.advance(7_500)
    expect(t.reasons()).toEqual(['connect', 'expiring', 'rejected'])
    expect(t.server.latest.url).toBe(`${wss}?token=t3`)
    expect(t.state()).toMatchObject({ status: 'open', rotating: false })
  })

  it.each([
    ['fails', () => Promise.reject(new Error('down'))],
    ['takes its time', () => new Promise<string>(() => {})],
  ])('B46 where the URL for it %s, nobody is asked in a hurry', async (_, answer) => {
    let urls = 0
    const t = await renewing({}, { url: () => (urls++ ? answer() : wss) })
    await t.clock.advance(due)
    // So many looks at the clock are a few timers' worth.
    const now = vi.spyOn(t.clock, 'now')
    await t.clock.advance(20_000)
    expect(urls).toBeLessThanOrEqual(5)
    expect(now.mock.calls.length).toBeLessThanOrEqual(100)
    expect(t.reasons()).toEqual(['connect', 'expiring'])
    expect(t.state().status).toBe('open')
  })

  it('B39 B50 sockets that share a token of unknown expiry do not chase each other', async () => {
    let calls = 0
    const auth = tokenAuth({ getToken: () => `t${++calls}`, renew: 'rotate' })
    const one = await open({ url: wss, auth })
    const other = await open({ url: wss, auth })
    // The token of one is no longer the newest when its connection begins.
    await one.ask()
    other.socket.rotate()
    await other.settle()
    const before = calls
    await one.accept()
    for (const t of [one, other, one]) await t.clock.advance(30_000)
    expect(calls).toBe(before)
    expect(one.server.connections).toHaveLength(2)
  })

  it('B47 signed out: closed', async () => {
    const t = await renewing()
    t.answers.push(() => null)
    await t.clock.advance(due)
    expect(t.state()).toMatchObject({ status: 'closed', cause: { origin: 'auth' } })
    expect(left(t)).toEqual({ timers: 0, live: 0, listening: 0 })
  })

  it('B43 getToken ends it with UNAUTHORIZED', async () => {
    const t = await renewing()
    t.answers.push(() => {
      throw new SocketError('UNAUTHORIZED', 'Gone.')
    })
    await t.clock.advance(due)
    expect([t.state().status, left(t)]).toEqual(['unauthorized', { timers: 0, live: 0, listening: 0 }])
  })

  it('B37 close() while the new token is fetched: nothing is opened with it', async () => {
    let land = (_: unknown) => {}
    const t = await renewing()
    t.answers.push(
      () =>
        new Promise((resolve) => {
          land = resolve
        }),
    )
    await t.clock.advance(due)
    void t.socket.close()
    land({ token: 'late', expiresAt: t.clock.now() + life })
    await t.clock.advance(60_000)
    expect([t.server.connections.length, left(t)]).toEqual([1, { timers: 0, live: 0, listening: 0 }])
  })

  it('by hand meanwhile: the token is at hand, and asked for once', async () => {
    const t = await renewing()
    t.socket.rotate()
    await t.clock.advance(due)
    expect(t.reasons()).toEqual(['connect', 'expiring'])
    expect(t.server.connections.map(({ url }) => url)).toEqual([1, 1, 2].map((n) => `${wss}?token=t${n}`))
  })

  it.each([
    [
      'with',
      {
        heartbeat: heartbeat(),
        server: {
          onMessage: (frame: unknown, connection: MemoryConnection) =>
            frame === 'ping' && connection.send('pong'),
        },
      },
    ],
    ['without', {}],
  ])(
    'a renewal that falls into a rotation by hand, which has the old token, is followed by one with the new: %s a fence',
    async (_, given) => {
      const t = await renewing({}, given)
      await t.clock.advance(due - 1)
      const errors = tape(t.socket, 'error')
      await t.ask()
      await t.clock.advance(1)
      // The fence takes its whole time.
      t.first.stall()
      await t.accept()
      await t.clock.advance(15_000)
      expect(t.server.connections.map(({ url }) => url)).toEqual([1, 1, 2].map((n) => `${wss}?token=t${n}`))
      expect(errors).toEqual([])
      expect(t.reasons()).toEqual(['connect', 'expiring'])
    },
  )
})

it('B23 where closing a connecting transport does harm, a second that is given up is closed once it has opened', async () => {
  const t = await during('opening', { environment: { closeWhileConnecting: false } })
  void t.socket.close()
  await t.settle()
  expect(t.second().client.readyState).toBe(0)
  await t.accept()
  expect([t.server.live, t.second().received]).toEqual([0, []])
})

it('B34 500 rotations leave no timer, no listener and no transport behind', async () => {
  const t = await open({
    heartbeat: heartbeat(),
    server: { onMessage: (frame, connection) => frame === 'ping' && connection.send('pong') },
  })
  for (let n = 0; n < 500; n++) {
    t.socket.rotate()
    await t.settle()
  }
  await t.clock.advance(5_000)
  expect([t.server.connections.length, left(t)]).toEqual([501, { timers: 1, live: 1, listening: 1 }])
})
