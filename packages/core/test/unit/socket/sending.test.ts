// send(): what it does in each state, and what the receipt says of it.
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import {
  type ConnectingState,
  type InspectEvent,
  json,
  offlineQueue,
  SocketError,
  type SocketState,
  tokenAuth,
} from '../../../src'
import { openRig, outcome, record, rig, tape } from './support'

type Rig = ReturnType<typeof rig>
const never = () => new Promise<never>(() => {})
const refuse = () => {
  throw new SocketError('UNAUTHORIZED', 'Sign in.')
}

/** Each state in which a message has to wait, and how it is reached. */
const states: [
  name: SocketState['status'] | `connecting: ${ConnectingState['phase']}`,
  options: Parameters<typeof rig>[0],
  reach: (made: Rig) => void,
][] = [
  ['idle', {}, () => {}],
  ['connecting: credentials', { url: never }, ({ socket }) => socket.connect()],
  ['connecting: transport', { server: { mode: 'ignore' } }, ({ socket }) => socket.connect()],
  ['connecting: handshake', { onHandshake: never }, ({ socket }) => socket.connect()],
  ['waiting', { server: { mode: 'refuse' } }, ({ socket }) => socket.connect()],
  [
    'closing',
    { server: { holdClose: true } },
    ({ socket }) => {
      socket.once('open').then(() => socket.close())
      socket.connect()
    },
  ],
  ['closed', {}, ({ socket }) => void socket.close()],
  [
    'unauthorized',
    { url: 'wss://memory.test/', auth: tokenAuth({ getToken: refuse }) },
    ({ socket }) => socket.connect(),
  ],
]

describe('in each state', () => {
  it.each(states)('B71 waits while %s', async (name, options, reach) => {
    const made = rig(options)
    reach(made)
    await made.clock.advance(0)
    const state = made.socket.state.get()
    expect('phase' in state ? `connecting: ${state.phase}` : state.status).toBe(name)
    const receipt = made.socket.send('hello')
    expect(receipt.status).toBe('queued')
    expect(made.socket.queue.get()).toEqual({ messages: 1, bytes: 5, unconfirmed: 0, dropped: 0 })
    expect(await outcome(receipt.sent)).toBe('pending')
    expect(receipt.cancel()).toBe(true)
    expect(receipt.status).toBe('dropped')
    expect(await outcome(receipt.sent)).toBe('CANCELLED')
    expect(made.socket.queue.get()).toEqual({ messages: 0, bytes: 0, unconfirmed: 0, dropped: 1 })
  })

  it('goes straight out while open', async () => {
    const { server, socket } = await openRig()
    const receipt = socket.send('hello')
    expect(receipt.status).toBe('sent')
    expect(server.latest.received).toEqual(['hello'])
    expect(await outcome(receipt.sent)).toBe('resolved')
    expect(receipt.cancel()).toBe(false)
    expect(receipt.status).toBe('sent')
  })

  it('goes out while draining', async () => {
    const { clock, server, socket } = await openRig({ server: { buffered: 'manual' } })
    socket.send('one')
    void socket.close(1000, '', { drain: 1_000 })
    socket.send('two')
    server.latest.drain()
    await clock.advance(10)
    expect(server.latest.received).toEqual(['one', 'two'])
  })

  it.each(states.filter(([name]) => !['closing', 'unauthorized'].includes(name)))(
    'B71 what was sent while %s goes out at the next open, in order',
    async (_, options, reach) => {
      const { url, onHandshake, ...others } = options ?? {}
      let hold = true
      const made = rig({
        ...others,
        ...(url && { url: () => (hold ? never() : 'ws://memory.test/') }),
        ...(onHandshake && { onHandshake: () => (hold ? never() : undefined) }),
      })
      const { clock, server, socket } = made
      reach(made)
      await clock.advance(0)
      const receipts = ['a', 'b', 'c'].map((message) => socket.send(message))
      hold = false
      server.mode = 'accept'
      await socket.close()
      socket.connect()
      await clock.advance(0)
      expect(server.latest.received).toEqual(['a', 'b', 'c'])
      expect(receipts.map(({ status }) => status)).toEqual(['sent', 'sent', 'sent'])
    },
  )

  it('in idle and closed it says through inspect that something waits, once', async () => {
    const events: InspectEvent[] = []
    const { socket } = rig({ inspect: (event) => events.push(event) })
    socket.send('a')
    socket.send('b')
    expect(events.filter(({ type }) => type === 'queued')).toMatchObject([{ queued: 'idle' }])
    await socket.close()
    socket.queue.clear()
    socket.send('c')
    socket.send('d')
    expect(events.filter(({ type }) => type === 'queued')).toMatchObject([
      { queued: 'idle' },
      { queued: 'closed' },
    ])
  })

  it('says nothing of it while a connection is on its way', async () => {
    const events: InspectEvent[] = []
    const { socket } = rig({ inspect: (event) => events.push(event), server: { mode: 'ignore' } })
    socket.connect()
    socket.send('a')
    expect(events.filter(({ type }) => type === 'queued')).toEqual([])
  })
})

describe('receipts', () => {
  it('have ids that no other socket has', async () => {
    const ids = new Set<string>()
    for (let n = 0; n < 10; n++) {
      const { socket } = rig({ environment: { random: Math.random } })
      for (let m = 0; m < 10; m++) ids.add(socket.send('x').id)
    }
    expect(ids.size).toBe(100)
  })

  it('give the same promise at each reading, made when it is read', () => {
    const { socket } = rig()
    const receipt = socket.send('a')
    expect(receipt.sent).toBe(receipt.sent)
  })

  it('B79 each one settles: sent, cancelled, expired, replaced, aborted, cleared, full, refused, disposed', async () => {
    const { clock, socket } = rig({ codec: json(), queue: offlineQueue({ maxMessages: 7 }) })
    const abort = new AbortController()
    const circular: { self?: unknown } = {}
    circular.self = circular
    const receipts = {
      EXPIRED: socket.send(1, { ttl: 10 }),
      REPLACED: socket.send(2, { key: 'k' }),
      second: socket.send(3, { key: 'k' }),
      CANCELLED: socket.send(4),
      ABORTED: socket.send(5, { signal: abort.signal }),
      NOT_OPEN: socket.send(6, { queue: false }),
      ENCODE: socket.send(circular),
      resolved: socket.send(7),
      another: socket.send(8),
      last: socket.send(9),
      QUEUE_FULL: socket.send(10),
    }
    // Half of the promises are read before the fate is known, half after.
    const early = new Map(
      Object.values(receipts)
        .filter((_, n) => n % 2 === 0)
        .map((receipt) => [receipt, receipt.sent]),
    )
    receipts.CANCELLED.cancel()
    abort.abort()
    await clock.advance(20)
    socket.connect()
    await clock.advance(0)
    const fates: Record<string, string> = {}
    for (const [name, receipt] of Object.entries(receipts))
      fates[name] = await outcome(early.get(receipt) ?? receipt.sent)
    expect(fates).toEqual({
      EXPIRED: 'EXPIRED',
      REPLACED: 'REPLACED',
      second: 'resolved',
      CANCELLED: 'CANCELLED',
      ABORTED: 'ABORTED',
      NOT_OPEN: 'NOT_OPEN',
      ENCODE: 'ENCODE',
      resolved: 'resolved',
      another: 'resolved',
      last: 'resolved',
      QUEUE_FULL: 'QUEUE_FULL',
    })
  })

  it('B71 each drop is told: receipt, event and counter', async () => {
    const { socket } = rig()
    const drops = tape(socket, 'drop')
    const receipts = [socket.send('a'), socket.send('b', { queue: false })]
    receipts[0]?.cancel()
    expect(drops.map(({ id, data, error }) => [id, data, error.code])).toEqual([
      [receipts[1]?.id, 'b', 'NOT_OPEN'],
      [receipts[0]?.id, 'a', 'CANCELLED'],
    ])
    expect(socket.queue.get().dropped).toBe(2)
    expect(receipts.map(({ status }) => status)).toEqual(['dropped', 'dropped'])
  })

  it('B79 a receipt whose transport died goes back to queued, and is sent again', async () => {
    const { clock, server, socket } = await openRig({ retryDelay: () => 1, server: { buffered: 'manual' } })
    const receipt = socket.send('a')
    expect(receipt.status).toBe('sent')
    server.latest.die()
    await clock.advance(0)
    expect(receipt.status).toBe('queued')
    await clock.advance(1)
    expect(receipt.status).toBe('sent')
    expect(server.latest.sent).toEqual(['a'])
    expect(await outcome(receipt.sent)).toBe('resolved')
  })

  it('B79 such a receipt can be cancelled while it waits, and its promise stays what it was', async () => {
    const { clock, server, socket } = await openRig({ server: { buffered: 'manual' } })
    const receipt = socket.send('a')
    const { sent } = receipt
    server.latest.die()
    await clock.advance(0)
    expect(receipt.cancel()).toBe(true)
    expect(receipt.status).toBe('dropped')
    expect(await outcome(sent)).toBe('resolved')
    await clock.advance(1_000)
    expect(server.latest.sent).toEqual([])
  })

  it('cancel() says whether it was still waiting, and drops once', async () => {
    const { socket } = rig()
    const drops = tape(socket, 'drop')
    const receipt = socket.send('a')
    expect([receipt.cancel(), receipt.cancel()]).toEqual([true, false])
    expect(drops.length).toBe(1)
  })

  it('cancel() in the middle leaves the others in order', async () => {
    const { clock, server, socket } = rig()
    const receipts = ['a', 'b', 'c'].map((message) => socket.send(message))
    receipts[1]?.cancel()
    socket.connect()
    await clock.advance(0)
    expect(server.latest.received).toEqual(['a', 'c'])
  })
})

describe('options', () => {
  it.each([
    [{ ttl: -1 }, /ttl.*milliseconds.*-1/],
    [{ ttl: 'soon' }, /ttl.*"soon"/],
    [{ key: 5 }, /key.*a string.*5/],
    [{ queue: 'no' }, /queue.*true or false.*"no"/],
    [{ signal: {} }, /signal.*AbortSignal/],
    [{ tll: 5 }, /tll/],
    [5, /object.*5/],
  ])('refuses %j by name', (options, message) => {
    const { socket } = rig()
    const act = () => socket.send('a', options as never)
    expect(act).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
    expect(act).toThrow(message)
    expect(socket.queue.get()).toEqual({ messages: 0, bytes: 0, unconfirmed: 0, dropped: 0 })
  })

  it('takes undefined for each of them as missing', () => {
    const { socket } = rig()
    const nothing = { ttl: undefined, key: undefined, queue: undefined, signal: undefined } as never
    expect(socket.send('a', nothing).status).toBe('queued')
  })

  it('B82 queue: false while down is dropped at once, with its error', async () => {
    const { clock, server, socket } = rig()
    const receipt = socket.send('now', { queue: false })
    expect(receipt.status).toBe('dropped')
    expect(await outcome(receipt.sent)).toBe('NOT_OPEN')
    socket.connect()
    await clock.advance(0)
    expect(server.latest.received).toEqual([])
  })

  it('B82 queue: false goes out while open, and is dropped past the high-water mark', async () => {
    const { clock, server, socket } = await openRig({ highWaterMark: 10, server: { buffered: 'manual' } })
    expect(socket.send('12345', { queue: false }).status).toBe('sent')
    expect(socket.send('67890', { queue: false }).status).toBe('sent')
    const third = socket.send('x', { queue: false })
    expect(third.status).toBe('dropped')
    expect(await outcome(third.sent)).toBe('QUEUE_FULL')
    server.latest.drain()
    await clock.advance(10)
    expect(socket.send('y', { queue: false }).status).toBe('sent')
    expect(server.latest.sent).toEqual(['12345', '67890', 'y'])
  })

  it('B82 queue: false does not jump over what waits', async () => {
    const { clock, server, socket } = rig()
    socket.send('waits')
    let status = ''
    socket.on('open', () => {
      status = socket.send('jumps', { queue: false }).status
    })
    socket.connect()
    await clock.advance(0)
    expect(status).toBe('dropped')
    expect(server.latest.received).toEqual(['waits'])
  })

  it('the option queue: false of the socket drops while it is down, and sends while it is open', async () => {
    const { clock, server, socket } = rig({ queue: false })
    const drops = tape(socket, 'drop')
    expect(await outcome(socket.send('a').sent)).toBe('NOT_OPEN')
    expect(drops).toMatchObject([{ data: 'a', error: { code: 'NOT_OPEN' } }])
    socket.connect()
    await clock.advance(0)
    expect(socket.send('b').status).toBe('sent')
    expect(server.latest.received).toEqual(['b'])
    expect(socket.queue.get()).toEqual({ messages: 0, bytes: 0, unconfirmed: 0, dropped: 1 })
  })

  it('the option queue: false brings nothing back from a transport that died', async () => {
    const { clock, server, socket } = await openRig({
      queue: false,
      retryDelay: () => 1,
      server: { buffered: 'manual' },
    })
    socket.send('a')
    server.latest.die()
    await clock.advance(1)
    expect(server.connections.length).toBe(2)
    expect(server.latest.sent).toEqual([])
    expect(socket.queue.get().messages).toBe(0)
  })

  it('signal drops a waiting message with ABORTED', async () => {
    const { clock, server, socket } = rig()
    const abort = new AbortController()
    const drops = tape(socket, 'drop')
    const receipt = socket.send('a', { signal: abort.signal })
    socket.send('b')
    abort.abort()
    expect(receipt.status).toBe('dropped')
    expect(await outcome(receipt.sent)).toBe('ABORTED')
    expect(drops).toMatchObject([{ data: 'a', error: { code: 'ABORTED' } }])
    socket.connect()
    await clock.advance(0)
    expect(server.latest.received).toEqual(['b'])
  })

  it('an aborted signal drops it at once, also while open', async () => {
    const { server, socket } = await openRig()
    const receipt = socket.send('a', { signal: AbortSignal.abort() })
    expect(await outcome(receipt.sent)).toBe('ABORTED')
    expect(server.latest.received).toEqual([])
  })

  it('signal has no hold on a message that was sent, and nothing stays attached to it', async () => {
    const { clock, socket } = rig()
    const { signal } = new AbortController()
    const added = vi.spyOn(signal, 'addEventListener')
    const removed = vi.spyOn(signal, 'removeEventListener')
    const receipts = [socket.send('a', { signal }), socket.send('b', { signal })]
    receipts[1]?.cancel()
    socket.connect()
    await clock.advance(0)
    expect(receipts.map(({ status }) => status)).toEqual(['sent', 'dropped'])
    expect(added).toHaveBeenCalledTimes(2)
    expect(removed).toHaveBeenCalledTimes(2)
  })
})

describe('what cannot go out', () => {
  it('raw drops objects with ENCODE and says what to do', async () => {
    const { server, socket, status } = await openRig()
    const told = record(socket)
    const receipt = socket.send({ type: 'chat' } as never)
    expect(await outcome(receipt.sent)).toBe('ENCODE')
    expect(told).toMatchObject([
      [
        'drop',
        { data: { type: 'chat' }, error: { code: 'ENCODE', message: expect.stringContaining('json') } },
      ],
    ])
    expect(status()).toBe('open')
    expect(server.latest.received).toEqual([])
  })

  it.each([
    ['undefined', undefined],
    ['a function', () => {}],
    ['a BigInt', 5n],
  ])('json drops %s with ENCODE', async (_, message) => {
    const { socket } = await openRig({ codec: json() })
    expect(await outcome(socket.send(message).sent)).toBe('ENCODE')
  })

  it('json drops what its schema does not take with VALIDATION and the issues', async () => {
    const { server, socket } = await openRig({ codec: json({ outgoing: z.object({ n: z.number() }) }) })
    const drops = tape(socket, 'drop')
    const receipt = socket.send({ n: 'five' } as never)
    expect(await outcome(receipt.sent)).toBe('VALIDATION')
    expect(drops[0]?.error.issues?.[0]?.path).toEqual(['n'])
    socket.send({ n: 5 })
    expect(server.latest.received).toEqual(['{"n":5}'])
  })

  it('json sends what the schema gives back', async () => {
    const { server, socket } = await openRig({
      codec: json({ outgoing: z.object({ n: z.coerce.number() }) }),
    })
    socket.send({ n: '5', extra: true } as never)
    expect(server.latest.received).toEqual(['{"n":5}'])
  })

  it('B76 a native send that throws leaves that message at the head, and it is tried again', async () => {
    let broken = false
    const { clock, server, socket } = await openRig()
    const { client } = server.latest
    const send = client.send.bind(client)
    client.send = (data) => {
      if (broken) throw new Error('busy')
      send(data)
    }
    broken = true
    const receipts = ['a', 'b', 'c'].map((message) => socket.send(message))
    expect(receipts.map(({ status }) => status)).toEqual(['queued', 'queued', 'queued'])
    await clock.advance(1_000)
    expect(socket.queue.get().messages).toBe(3)
    broken = false
    await clock.advance(1_000)
    expect(server.latest.received).toEqual(['a', 'b', 'c'])
    expect(receipts.map(({ status }) => status)).toEqual(['sent', 'sent', 'sent'])
    expect(clock.timers).toBe(0)
  })

  it('B76 in the middle of a flush it keeps the order', async () => {
    const { clock, server, socket } = rig()
    for (const message of ['a', 'b', 'c', 'd']) socket.send(message)
    let count = 0
    socket.on('open', () => {
      const { client } = server.latest
      const send = client.send.bind(client)
      client.send = (data) => {
        if (++count === 3) throw new Error('once')
        send(data)
      }
    })
    socket.connect()
    await clock.advance(100)
    expect(server.latest.received).toEqual(['a', 'b', 'c', 'd'])
  })
})

describe('B83 what is kept is as it was at send()', () => {
  it('B83 objects, while they wait', async () => {
    const { clock, server, socket } = rig({ codec: json() })
    const message = { text: 'then' }
    socket.send(message)
    message.text = 'now'
    socket.connect()
    await clock.advance(0)
    expect(server.latest.received).toEqual(['{"text":"then"}'])
  })

  it.each([
    ['an ArrayBuffer', (bytes: Uint8Array<ArrayBuffer>) => bytes.buffer],
    ['a view', (bytes: Uint8Array<ArrayBuffer>) => bytes],
    ['a part of a buffer', (bytes: Uint8Array<ArrayBuffer>) => bytes.subarray(1, 3)],
    ['a DataView', (bytes: Uint8Array<ArrayBuffer>) => new DataView(bytes.buffer, 1, 2)],
  ])('B83 %s, while it waits and in the buffer of a transport that died', async (name, form) => {
    const { clock, server, socket } = rig({ retryDelay: () => 1, server: { buffered: 'manual' } })
    const expected = name.startsWith('a part') || name === 'a DataView' ? [2, 3] : [1, 2, 3, 4]
    const queued = new Uint8Array([1, 2, 3, 4])
    socket.send(form(queued))
    expect(socket.queue.get().bytes).toBe(expected.length)
    queued.fill(0)
    socket.connect()
    await clock.advance(0)
    expect([...(server.latest.sent[0] as Uint8Array)]).toEqual(expected)

    const direct = new Uint8Array([1, 2, 3, 4])
    socket.send(form(direct))
    direct.fill(0)
    server.latest.die()
    await clock.advance(1)
    expect(server.latest.sent.map((frame) => [...(frame as Uint8Array)])).toEqual([expected, expected])
  })
})
