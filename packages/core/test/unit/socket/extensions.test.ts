// A protocol on top and its connections: each is greeted once and stays in its hands for as long as it lasts.
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  type HandshakeContext,
  heartbeat,
  json,
  offlineQueue,
  rotation,
  SocketError,
  type SocketState,
} from '../../../src'
import { everything, macrotask, openRig, outcome, rig, tape } from './support'

/** An extension that keeps each connection that it greets. */
function greeter(name = 'greeter') {
  const greeted: HandshakeContext[] = []
  return { name, greeted, handshake: (context: HandshakeContext) => void greeted.push(context) }
}

describe('use() on a connection that is open already', () => {
  it('greets it at once, past what waits', async () => {
    const t = await openRig()
    t.socket.use({ name: 'late', handshake: ({ send }) => send('late hello') })
    expect(t.server.latest.received).toEqual(['late hello'])
  })

  it('greets each connection once, however many extensions come later', async () => {
    const t = await openRig({ retryDelay: () => 1 })
    const first = greeter()
    const second = greeter()
    t.socket.use(first)
    t.socket.use(second)
    await t.clock.advance(0)
    expect([first.greeted.length, second.greeted.length]).toEqual([1, 1])
    t.server.latest.die()
    await t.clock.advance(1)
    expect([first.greeted.length, second.greeted.length]).toEqual([2, 2])
  })

  it('what comes in while it greets waits, and is told in order afterwards', async () => {
    const t = await openRig()
    const messages = tape(t.socket, 'message')
    t.socket.use({
      name: 'login',
      handshake: async ({ receive }) => {
        expect(await receive()).toBe('welcome')
      },
    })
    for (const frame of ['welcome', 'a', 'b']) t.server.latest.send(frame)
    await t.clock.advance(0)
    await macrotask()
    expect(messages).toEqual(['a', 'b'])
  })

  it('one that fails ends the connection, as it does on an open', async () => {
    const t = await openRig()
    const errors = tape(t.socket, 'error')
    t.socket.use({ name: 'login', handshake: () => Promise.reject(new Error('refused')) })
    await t.clock.advance(0)
    expect(errors).toMatchObject([{ cause: { message: 'refused' } }])
    expect(t.status()).toBe('waiting')
  })

  it('one that is added in the app’s handshake takes its turn before open', async () => {
    const order: string[] = []
    const t = rig({
      onHandshake: () => {
        t.socket.use({ name: 'meanwhile', handshake: () => void order.push('greeted') })
      },
    })
    t.socket.on('open', () => order.push('open'))
    t.socket.connect()
    await t.clock.advance(0)
    expect(order).toEqual(['greeted', 'open'])
  })

  it.each([1, 2, 3, 4, 5, 6])(
    'greets once also where it comes %i turns after the last began',
    async (turns) => {
      const t = rig()
      const late = greeter()
      const wait = async () => {
        for (let turn = 0; turn < turns; turn++) await undefined
        t.socket.use(late)
      }
      t.socket.use({ name: 'last', handshake: () => void wait() })
      t.socket.connect()
      await t.clock.advance(0)
      await macrotask()
      expect(late.greeted).toHaveLength(1)
      late.greeted[0]?.send('hello')
      expect(t.server.latest.received).toEqual(['hello'])
    },
  )

  it('B40 greets no connection that is not authorised yet', async () => {
    const t = rig({ server: { mode: 'accept' }, onHandshake: ({ receive }) => receive().then(() => {}) })
    t.socket.connect()
    await t.clock.advance(0)
    t.socket.use({ name: 'eager', handshake: ({ send }) => send('hello') })
    expect(t.server.latest.received).toEqual([])
    t.server.latest.send('accepted')
    await t.clock.advance(0)
    expect(t.server.latest.received).toEqual(['hello'])
  })
})

describe('a connection in the hands of an extension', () => {
  it('is the one that its messages are said to come on', async () => {
    const t = await openRig({ retryDelay: () => 1 })
    const extension = greeter()
    const cameOn: HandshakeContext[] = []
    t.socket.use({ ...extension, incoming: (_, connection) => !!cameOn.push(connection) })
    t.server.latest.send('a')
    t.server.latest.die()
    await t.clock.advance(1)
    t.server.latest.send('b')
    await t.clock.advance(0)
    expect(cameOn).toEqual(extension.greeted)
    expect(cameOn[0]).not.toBe(cameOn[1])
  })

  it('sends for as long as it lasts, and then nothing', async () => {
    const t = await openRig({ retryDelay: () => 1 })
    const { greeted, ...extension } = greeter()
    t.socket.use(extension)
    greeted[0]?.send('control')
    expect(t.server.latest.received).toEqual(['control'])
    t.server.latest.die()
    await t.clock.advance(1)
    expect(greeted[0]?.signal.aborted).toBe(true)
    greeted[0]?.send('too late')
    expect(t.server.latest.received).toEqual([])
  })

  it('in a rotation each has its own, and the first is over when it is heard no more', async () => {
    const t = await openRig({ rotation: rotation() })
    const extension = greeter()
    const cameOn: [unknown, HandshakeContext][] = []
    t.socket.use({ ...extension, incoming: (message, connection) => !!cameOn.push([message, connection]) })
    t.socket.rotate()
    await t.clock.advance(0)
    const [first, second] = extension.greeted as [HandshakeContext, HandshakeContext]
    t.server.connections[0]?.send('old')
    t.server.connections[1]?.send('new')
    await t.clock.advance(0)
    expect(cameOn).toEqual([
      ['old', first],
      ['new', second],
    ])
    first.send('on the first')
    second.send('on the second')
    expect(t.server.connections.map(({ received }) => received)).toEqual([
      ['on the first'],
      ['on the second'],
    ])
    await t.clock.advance(5_000)
    expect([first.signal.aborted, second.signal.aborted]).toEqual([true, false])
  })

  it.each([1, 2, 3, 4, 5, 6])(
    'greets the second of a rotation once, %i turns after the last began',
    async (turns) => {
      const t = await openRig({ rotation: rotation() })
      const late = greeter()
      const wait = async () => {
        for (let turn = 0; turn < turns; turn++) await undefined
        t.socket.use(late)
      }
      let greetings = 0
      t.socket.use({ name: 'last', handshake: () => void (++greetings === 2 && wait()) })
      t.socket.rotate()
      await t.clock.advance(0)
      await macrotask()
      for (const connection of late.greeted) connection.send('hello')
      expect(t.server.connections[1]?.received).toEqual(['hello'])
      await t.clock.advance(5_000)
      expect(late.greeted.at(-1)?.signal.aborted).toBe(false)
    },
  )

  it('in a rotation the first is over as soon as it dies', async () => {
    const t = await openRig({ rotation: rotation() })
    const { greeted, ...extension } = greeter()
    t.socket.use(extension)
    t.socket.rotate()
    await t.clock.advance(0)
    t.server.connections[0]?.die()
    await t.clock.advance(0)
    expect(greeted.map(({ signal }) => signal.aborted)).toEqual([true, false])
    expect(t.status()).toBe('open')
    await t.clock.advance(5_000)
    expect([t.clock.timers, t.server.live]).toEqual([0, 1])
  })

  it('one that comes in the midst of a rotation greets the one in use and the one that is to take over', async () => {
    const t = await openRig({ rotation: rotation(), heartbeat: heartbeat() })
    t.socket.rotate()
    await t.clock.advance(0)
    const extension = greeter()
    t.socket.use(extension)
    for (const connection of extension.greeted) connection.send('hello')
    expect(t.server.connections.map(({ received }) => received)).toEqual([['ping', 'hello'], ['hello']])
  })

  it('one that lingers needs no greeting', async () => {
    const t = await openRig({ rotation: rotation() })
    t.socket.rotate()
    await t.clock.advance(0)
    const extension = greeter()
    t.socket.use(extension)
    for (const connection of extension.greeted) connection.send('hello')
    expect(t.server.connections.map(({ received }) => received)).toEqual([[], ['hello']])
  })

  it('the state tells of the take-over before anything waiting goes out on the second', async () => {
    const t = await openRig({ rotation: rotation() })
    const seen: unknown[] = []
    t.socket.on('state', (state: SocketState) => {
      if (state.status !== 'open' || state.rotating) return
      t.socket.send('from the listener')
      seen.push(t.server.latest.received.length)
    })
    t.socket.rotate()
    t.server.mode = 'accept'
    await t.clock.advance(0)
    expect(seen).toEqual([0])
    expect(t.server.latest.received).toEqual(['from the listener'])
  })
})

describe('messages that are none of the app’s', () => {
  const outgoing = z.object({ text: z.string() })

  it('pass the outgoing schema with `unchecked`', async () => {
    const t = await openRig({ codec: json({ outgoing }) })
    const frame = { type: 'subscribe' } as never
    expect(await outcome(t.socket.send(frame).sent)).toBe('VALIDATION')
    expect(await outcome(t.socket.send(frame, { unchecked: true }).sent)).toBe('resolved')
    expect(t.server.latest.received).toEqual(['{"type":"subscribe"}'])
  })

  it('`unchecked` that is no boolean is INVALID_OPTION', async () => {
    const t = await openRig()
    expect(() => t.socket.send('a', { unchecked: 1 as never })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    )
  })
})

it('`id` is what the ids of receipts begin with, and no other socket has it', () => {
  const [one, other] = [rig(), rig()]
  expect(one.socket.send('a').id.startsWith(one.socket.id)).toBe(true)
  expect(one.socket.id).not.toBe(other.socket.id)
  expect(one.socket.id).not.toBe('')
})

it('B91 `identity` is whose messages go out on the connection at hand', async () => {
  let user: string | undefined = 'ann'
  const t = await openRig({ queue: offlineQueue({ identity: () => user }), retryDelay: () => 1 })
  expect(t.socket.identity).toBe('ann')
  user = 'bob'
  t.server.latest.die()
  await t.clock.advance(1)
  expect(t.socket.identity).toBe('bob')
})

it('`clock` is the one that the socket was given', () => {
  const t = rig()
  expect(t.socket.clock).toBe(t.clock)
})

describe('report()', () => {
  it('tells what a callback of a protocol on top threw, as an error event', async () => {
    const t = await openRig()
    const errors = tape(t.socket, 'error')
    t.socket.report(new Error('mine'))
    expect(errors).toMatchObject([{ code: 'LISTENER', cause: { message: 'mine' } }])
    t.socket.report(new SocketError('DECODE', 'as it is'))
    expect(errors[1]).toMatchObject({ code: 'DECODE', message: 'as it is' })
    expect(t.reported).toEqual([])
  })

  it.each(['nobody listens', 'the socket is closed'])('tells the platform where %s', async (why) => {
    const t = await openRig()
    const errors = why === 'nobody listens' ? [] : tape(t.socket, 'error')
    if (why !== 'nobody listens') void t.socket.close()
    await t.clock.advance(2_000)
    t.socket.report(new Error('mine'))
    expect(t.reported).toMatchObject([{ code: 'LISTENER', cause: { message: 'mine' } }])
    expect(errors).toEqual([])
  })

  it('B49 shows no token', async () => {
    const t = await openRig({ url: 'ws://memory.test/?token=s3cr3t' })
    const errors = tape(t.socket, 'error')
    t.socket.report(new Error('ws://memory.test/?token=s3cr3t'))
    expect(everything(errors)).not.toContain('s3cr3t')
  })
})
