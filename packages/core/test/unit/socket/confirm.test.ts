// Messages that are confirmed, by acks or by pongs: what a connection leaves behind goes out again, and nothing else does.
import { getEventListeners } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import {
  type AcksOptions,
  acks,
  type Codec,
  heartbeat,
  json,
  type OfflineQueueOptions,
  offlineQueue,
  pongs,
  type Receipt,
  rotation,
} from '../../../src'
import type { MemoryConnection } from '../../../src/testing'
import { openRig, outcome, type RigOptions, record, rig, tape } from './support'
import { surroundings } from './surroundings'

interface Given extends Omit<RigOptions<Codec<any, any>>, 'queue' | 'heartbeat' | 'codec'> {
  /** @default acks, as { ack: … } */
  readonly confirm?: Partial<AcksOptions> | 'pong' | 'none'
  readonly queue?: Omit<OfflineQueueOptions, 'confirm'>
  readonly codec?: Codec<any, any>
  /** @default none for acks; for pongs one whose pongs name their ping */
  readonly beats?: boolean
}

const interval = 1_000
const timeout = 500

/** Pings are { ping: n }, and a pong says which: { pong: n }. */
function namedPings() {
  let pings = 0
  return heartbeat({
    interval,
    timeout,
    ping: () => ({ ping: ++pings }),
    isPong: (message: any, ping) => (ping ? message?.pong === ping.ping : message?.pong !== undefined),
  })
}

const isAck = (message: any) => message?.ack

function options({ confirm = {}, queue, beats = confirm === 'pong', ...others }: Given = {}) {
  return {
    codec: json<any, any>(),
    retryDelay: () => 10,
    queue: offlineQueue({
      ...queue,
      ...(confirm !== 'none' && { confirm: confirm === 'pong' ? pongs() : acks({ isAck, ...confirm }) }),
    }),
    ...(beats && { heartbeat: namedPings() }),
    ...others,
  }
}

/** An open socket whose server speaks when the test says so. */
async function open(given: Given = {}) {
  return helped(await openRig<Codec<any, any>>(options(given)))
}

type Opened = Awaited<ReturnType<typeof open>>

function helped(
  made: Pick<Awaited<ReturnType<typeof openRig<Codec<any, any>>>>, keyof ReturnType<typeof rig>>,
) {
  const { clock, server, socket } = made
  const connection = (index: number) => server.connections[index] as MemoryConnection
  const messages = (index: number) => connection(index).received.map((frame) => JSON.parse(String(frame)))
  const t = {
    ...made,
    connection,
    /** Sends messages with ids of their own. */
    send: (...ids: string[]) => ids.map((id) => socket.send({ id })),
    /** The ids that arrived on a connection, in order. */
    arrived: (index = server.connections.length - 1) => messages(index).flatMap(({ id }) => id ?? []),
    /** The numbers of the pings that arrived there. */
    pings: (index = server.connections.length - 1) => messages(index).flatMap(({ ping }) => ping ?? []),
    settle: () => clock.advance(0),
    async says(message: unknown, index = server.connections.length - 1) {
      connection(index).send(JSON.stringify(message))
      await clock.advance(0)
    },
    acks: (ack: unknown, index?: number) => t.says({ ack }, index),
    pongs: (pong: number, index?: number) => t.says({ pong }, index),
    /** The connection breaks, or is closed with a code, and the next one opens. */
    async breaks(code?: number) {
      if (code) server.latest.close(code)
      else server.latest.die()
      await clock.advance(10)
    },
  }
  return t
}

const statuses = (receipts: readonly Receipt[]) => receipts.map(({ status }) => status).join(' ')

describe('the id of a message', () => {
  it('is its own, or is made, and goes into it', async () => {
    const t = await open()
    const [own, made, number] = [{ id: 'mine' }, { text: 'hi' }, { id: 7 }].map((message) =>
      t.socket.send(message),
    )
    expect([own?.id, number?.id]).toEqual(['mine', '7'])
    expect(t.arrived()).toEqual(['mine', made?.id, 7])
  })

  it('is one of its own for each message of each socket', async () => {
    const [t, other] = [await open(), await open()]
    const ids = [t, t, other, other].map(({ socket }) => socket.send({}).id)
    expect(new Set(ids).size).toBe(4)
  })

  it('goes in after the schema has parsed the message, and the extensions had it', async () => {
    const Text = z.object({ text: z.string() })
    const t = await open({ codec: json({ outgoing: Text }) as never })
    t.socket.use({ name: 'lang', outgoing: (message: any) => ({ ...message, lang: 'en' }) })
    const receipt = t.socket.send({ text: 'hi', id: 'stripped' })
    expect(t.connection(0).received).toEqual([JSON.stringify({ id: receipt.id, text: 'hi', lang: 'en' })])
    expect(receipt.id).not.toBe('stripped')
  })

  it('may be what an extension has put in', async () => {
    const t = await open()
    t.socket.use({ name: 'ids', outgoing: (message: any) => ({ ...message, id: 'extended' }) })
    const receipt = t.socket.send({})
    await t.acks('extended')
    expect([receipt.id, receipt.status]).toEqual(['extended', 'confirmed'])
  })

  it('goes into a text by a function, with the raw codec', async () => {
    const { clock, server, socket } = await openRig({
      queue: offlineQueue({
        confirm: acks({
          id: (text, id) => `${id} ${text}`,
          isAck: (message) => /^ack (.*)/.exec(String(message))?.[1],
        }),
      }),
    })
    const receipt = socket.send('hi')
    expect(server.latest.received).toEqual([`${receipt.id} hi`])
    server.latest.send(`ack ${receipt.id}`)
    await clock.advance(0)
    expect(receipt.status).toBe('confirmed')
  })

  it.each([
    ['takes none', {}, 'text'],
    ['has one of a wrong kind', {}, { id: [] }],
    ['meets a function that throws', { id: () => expect.fail('no') }, {}],
    ['meets a function that gives a promise', { id: async () => ({}) }, {}],
    ['meets a function that rejects', { id: () => Promise.reject(new Error('no')) }, {}],
  ])('B71 is missing where the message %s: that one is dropped with ENCODE', async (_, confirm, message) => {
    const t = await open({ confirm })
    const drops = tape(t.socket, 'drop')
    const receipt = t.socket.send(message)
    expect(receipt.status).toBe('dropped')
    expect(await outcome(receipt.confirmed)).toBe('ENCODE')
    expect(drops).toMatchObject([{ id: receipt.id, data: message, error: { code: 'ENCODE' } }])
    expect([t.arrived(), t.socket.queue.get().messages]).toEqual([[], 0])
  })
})

describe('an ack', () => {
  it.each([
    ['an id', 'b', 'sent confirmed sent sent'],
    ['a list of ids', ['d', 'a'], 'confirmed sent sent confirmed'],
    ['a list of none', [], 'sent sent sent sent'],
    ['all up to one', { upTo: 'c' }, 'confirmed confirmed confirmed sent'],
    ['all up to the first', { upTo: 'a' }, 'confirmed sent sent sent'],
    ['an unknown id', 'z', 'sent sent sent sent'],
    ['a list with an unknown id', ['z', 'd'], 'sent sent sent confirmed'],
    ['all up to an unknown one', { upTo: 'z' }, 'sent sent sent sent'],
  ])('confirms by %s', async (_, ack, expected) => {
    const t = await open()
    const receipts = t.send('a', 'b', 'c', 'd')
    await t.acks(ack)
    expect(statuses(receipts)).toBe(expected)
  })

  it('names ids that were made, and numbers, as well', async () => {
    const t = await open()
    const [made, number] = [t.socket.send({}), t.socket.send({ id: 0 })]
    await t.acks(made.id)
    await t.acks(0)
    expect(statuses([made, number])).toBe('confirmed confirmed')
  })

  it('B78 comes in any order', async () => {
    const t = await open()
    const receipts = t.send('a', 'b', 'c')
    for (const id of ['c', 'a', 'b']) await t.acks(id)
    expect(statuses(receipts)).toBe('confirmed confirmed confirmed')
  })

  it('comes twice, and confirms nothing else', async () => {
    const t = await open()
    const [a, b] = t.send('a', 'b')
    for (const ack of ['a', 'a', { upTo: 'a' }, ['a']]) await t.acks(ack)
    expect(statuses([a, b] as Receipt[])).toBe('confirmed sent')
  })

  it('confirms one of two with the same id, and then the other', async () => {
    const t = await open()
    const receipts = t.send('twin', 'twin')
    await t.acks('twin')
    expect(statuses(receipts)).toBe('confirmed sent')
    await t.acks('twin')
    expect(statuses(receipts)).toBe('confirmed confirmed')
  })

  it('confirms a message that the app sends again by the id that was made for it', async () => {
    const t = await open()
    const first = t.socket.send({ text: 'hi' })
    await t.acks(first.id)
    const again = t.socket.send({ text: 'hi', id: first.id })
    expect(again.id).toBe(first.id)
    await t.acks(first.id)
    expect(again.status).toBe('confirmed')
  })

  it('reaches no listener, iterator or history', async () => {
    const t = await open()
    const messages = tape(t.socket, 'message')
    t.send('a')
    for (const ack of ['a', 'z', []]) await t.acks(ack)
    await t.says({ text: 'hi' })
    expect(messages).toEqual([{ text: 'hi' }])
  })

  it('reaches them with deliver, once, and confirms all the same', async () => {
    const t = await open({ confirm: { deliver: true, isAck: ({ id }) => id } })
    const messages = tape(t.socket, 'message')
    const [a] = t.send('a')
    await t.says({ id: 'a', text: 'hi' })
    expect([a?.status, messages]).toEqual(['confirmed', [{ id: 'a', text: 'hi' }]])
  })

  it.each([undefined, null, false] as const)(
    'is no ack where isAck gives %s: the message is the app’s',
    async (nothing) => {
      const t = await open({ confirm: { isAck: (): false | null | undefined => nothing } })
      const messages = tape(t.socket, 'message')
      const [a] = t.send('a')
      await t.says({ ack: 'a' })
      expect([a?.status, messages]).toEqual(['sent', [{ ack: 'a' }]])
    },
  )

  it.each([
    ['throws', () => expect.fail('no')],
    ['gives true', () => true],
    ['gives an empty object', () => ({})],
    ['gives an object instead of an id', () => ({ upTo: {} })],
    ['gives a list with no id in it', () => [undefined]],
    ['gives a promise', async () => 'a'],
    ['gives a promise that rejects', () => Promise.reject(new Error('no'))],
  ])(
    'is told as an error where isAck %s; nothing is confirmed, and the message is the app’s',
    async (_, isAck) => {
      const t = await open({ confirm: { isAck: isAck as never } })
      const told = record(t.socket, ['error', 'message', 'close'])
      const [a] = t.send('a')
      await t.says({ ack: 'a' })
      expect(told).toMatchObject([
        ['error', { code: 'PROVIDER', message: expect.stringContaining('isAck') }],
        ['message', { ack: 'a' }],
      ])
      expect([a?.status, t.status()]).toEqual(['sent', 'open'])
    },
  )

  it('B78 goes on with what waits also where a part of it is no id', async () => {
    const t = await open({ queue: { window: { messages: 1 } } })
    const receipts = t.send('a', 'b')
    await t.settle()
    await t.acks(['a', null])
    await t.clock.advance(1_000)
    expect(statuses(receipts)).toMatch(/^(confirmed sent|sent queued)$/)
    expect(t.arrived()).toHaveLength(receipts.filter(({ status }) => status !== 'queued').length)
  })

  it('counts after our own close() as well, though no message is delivered any more', async () => {
    const t = await open({ server: { holdClose: true, lateFrames: true } })
    const messages = tape(t.socket, 'message')
    const [a] = t.send('a')
    void t.socket.close()
    await t.says({ text: 'late' })
    await t.acks('a')
    t.connection(0).answerClose()
    await t.settle()
    expect([a?.status, t.status(), messages]).toEqual(['confirmed', 'closed', []])
    expect(t.socket.queue.get().messages).toBe(0)
  })
})

describe('B78 the window', () => {
  it('B78 lets so many messages go unconfirmed, and one more for each that is', async () => {
    const t = await open({ queue: { window: { messages: 3 } } })
    const receipts = t.send('a', 'b', 'c', 'd', 'e', 'f')
    await t.clock.advance(1_000)
    expect(t.arrived()).toEqual(['a', 'b', 'c'])
    expect(t.socket.queue.get().messages).toBe(3)
    await t.acks('b')
    expect(t.arrived()).toEqual(['a', 'b', 'c', 'd'])
    await t.acks({ upTo: 'c' })
    expect(t.arrived()).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
    expect(statuses(receipts)).toBe('confirmed confirmed confirmed sent sent sent')
  })

  it('B78 one slow message does not stop the others', async () => {
    const t = await open({ queue: { window: { messages: 2 } } })
    const [slow] = t.send('slow')
    for (const id of ['b', 'c', 'd', 'e']) {
      t.send(id)
      await t.acks(id)
    }
    expect([slow?.status, t.arrived()]).toEqual(['sent', ['slow', 'b', 'c', 'd', 'e']])
  })

  it('B78 lets so many bytes go, and the message that reaches the limit', async () => {
    const t = await open({ queue: { window: { bytes: 20 } } })
    t.send('12345', '67890', 'next')
    expect(t.arrived()).toEqual(['12345', '67890'])
    await t.acks('12345')
    expect(t.arrived()).toEqual(['12345', '67890', 'next'])
  })

  it('B78 lets a message go that is larger than it, alone or as the one that reaches the limit', async () => {
    const t = await open({ queue: { window: { bytes: 20 } } })
    const large = t.socket.send({ id: 'large', text: 'x'.repeat(1_000) })
    t.send('next')
    await t.settle()
    expect(t.arrived()).toEqual(['large'])
    await t.acks('large')
    expect([large.status, t.arrived()]).toEqual(['confirmed', ['large', 'next']])
  })

  it.each(['unknown', ['unknown'], { upTo: 'unknown' }, []])(
    'B78 is not opened by an ack of nothing: %o',
    async (ack) => {
      const t = await open({ queue: { window: { messages: 1 } } })
      t.send('a')
      for (const id of ['b', 'c']) {
        await t.acks(ack)
        t.send(id)
      }
      await t.settle()
      expect(t.arrived()).toEqual(['a'])
    },
  )

  it('B78 is not opened by an ack after which it is still full', async () => {
    const t = await open({ queue: { window: { bytes: 50 } } })
    t.send('a')
    t.socket.send({ id: 'large', text: 'x'.repeat(100) })
    await t.acks('a')
    t.send('b')
    await t.settle()
    expect(t.arrived()).toEqual(['a', 'large'])
  })

  it('B82 full, it drops what is now or never', async () => {
    const t = await open({ queue: { window: { messages: 1 } } })
    t.send('a')
    const never = t.socket.send({ id: 'never' }, { queue: false })
    expect(await outcome(never.sent)).toBe('QUEUE_FULL')
  })

  it('B72 what waits behind it is bounded as ever', async () => {
    const t = await open({ queue: { window: { messages: 1 }, maxMessages: 2 } })
    expect(statuses(t.send('a', 'b', 'c', 'd'))).toBe('sent queued queued dropped')
  })

  it('B73 leaves the high-water mark in force', async () => {
    const t = await open({ server: { buffered: 'manual' }, highWaterMark: 20 })
    t.send('12345', '67890', 'waits')
    expect(t.connection(0).sent).toHaveLength(2)
    t.connection(0).drain()
    await t.clock.advance(100)
    expect(t.connection(0).sent).toHaveLength(3)
  })

  it('B79 nothing runs while acks alone are waited for, and nobody looks at the buffer', async () => {
    const t = await open({ queue: { window: { messages: 1 } } })
    t.send('a', 'b')
    await t.settle()
    const looks = vi.spyOn(t.connection(0).client, 'bufferedAmount', 'get')
    await t.clock.advance(60_000)
    expect([t.clock.timers, t.clock.turns, looks.mock.calls.length]).toEqual([0, 0, 0])
  })
})

/** Each way in which a connection ends, and the next one opens. */
const endings: readonly (readonly [string, Given, (t: Opened) => Promise<void>])[] = [
  ['it died', {}, (t) => t.breaks()],
  ['the server closed it', {}, (t) => t.breaks(1012)],
  [
    'it was given up for its silence',
    { beats: true, server: { terminable: true } },
    async (t) => {
      t.connection(0).stall()
      await t.clock.advance(interval + timeout + 10)
    },
  ],
  [
    'reconnect()',
    {},
    async (t) => {
      t.socket.reconnect()
      await t.settle()
    },
  ],
  [
    'close() and connect()',
    {},
    async (t) => {
      await Promise.all([t.socket.close(), t.settle()])
      t.socket.connect()
      await t.settle()
    },
  ],
]

describe.each(endings)('B77 what was unconfirmed when %s', (_, given, end) => {
  it('B77 goes out again with the same id, in order, ahead of what is new', async () => {
    const t = await open(given)
    const receipts = t.send('a', 'b', 'c', 'd')
    const made = t.socket.send({})
    const { sent } = made
    await t.acks('b')
    t.socket.on('close', () => t.send('new'))
    await end(t)
    expect(t.arrived(0)).toEqual(['a', 'b', 'c', 'd', made.id])
    expect(t.arrived(1)).toEqual(['a', 'c', 'd', made.id, 'new'])
    expect(await outcome(sent)).toBe('resolved')
    await t.acks({ upTo: made.id })
    expect(statuses([...receipts, made])).toBe('confirmed confirmed confirmed confirmed confirmed')
  })

  it.each(['died', 'always'] as const)('B77 goes out again with recover: %s', async (recover) => {
    const t = await open({ ...given, queue: { recover } })
    t.send('a', 'b')
    await end(t)
    expect(t.arrived(1)).toEqual(['a', 'b'])
  })

  it('B71 is dropped with UNCONFIRMED with recover: never, and told', async () => {
    const t = await open({ ...given, queue: { recover: 'never' } })
    const drops = tape(t.socket, 'drop')
    const receipts = t.send('a', 'b')
    await end(t)
    expect(t.arrived(1)).toEqual([])
    expect(drops.map(({ id, error }) => [id, error.code])).toEqual([
      ['a', 'UNCONFIRMED'],
      ['b', 'UNCONFIRMED'],
    ])
    expect(await outcome((receipts[0] as Receipt).confirmed)).toBe('UNCONFIRMED')
    expect(t.socket.queue.get()).toMatchObject({ messages: 0, dropped: 2 })
  })

  it('B82 is dropped with UNCONFIRMED where it was now or never', async () => {
    const t = await open(given)
    const never = t.socket.send({ id: 'never' }, { queue: false })
    t.send('a')
    await end(t)
    expect([await outcome(never.confirmed), t.arrived(1)]).toEqual(['UNCONFIRMED', ['a']])
  })
})

describe.each(endings)('B77 by pongs, what was unproven when %s', (_, given, end) => {
  const pong = { ...given, confirm: 'pong', beats: true } as const

  it('B77 goes out again in order, ahead of what is new', async () => {
    const t = await open(pong)
    const [a] = t.send('a')
    await t.settle()
    await t.pongs(1)
    const receipts = t.send('b', 'c')
    t.socket.on('close', () => t.send('new'))
    await end(t)
    expect([a?.status, t.arrived(1)]).toEqual(['confirmed', ['b', 'c', 'new']])
    await t.settle()
    for (const ping of t.pings(1)) await t.pongs(ping, 1)
    expect(statuses(receipts)).toBe('confirmed confirmed')
  })

  it.each([
    ['died', ['a', 'b']],
    ['always', ['a', 'b']],
    ['never', []],
  ] as const)('B77 goes out again, or is dropped, with recover: %s', async (recover, ids) => {
    const t = await open({ ...pong, queue: { recover } })
    const drops = tape(t.socket, 'drop')
    t.send('a', 'b')
    await end(t)
    expect(t.arrived(1)).toEqual(ids)
    expect(drops.map(({ error }) => error.code)).toEqual(ids.length ? [] : ['UNCONFIRMED', 'UNCONFIRMED'])
  })
})

describe('what came back', () => {
  it('waits meanwhile, beyond the limits of the queue', async () => {
    const t = await open({ queue: { maxMessages: 1 }, retryDelay: () => 60_000 })
    const receipts = t.send('a', 'b', 'c')
    await t.breaks()
    expect(statuses(receipts)).toBe('queued queued queued')
    expect(t.socket.queue.get()).toMatchObject({ messages: 3, bytes: 30 })
    expect(statuses(t.send('d'))).toBe('dropped')
  })

  it('B78 goes out within the window again', async () => {
    const t = await open({ queue: { window: { messages: 2 } } })
    t.send('a', 'b', 'c')
    await t.breaks()
    expect(t.arrived()).toEqual(['a', 'b'])
    await t.acks('a')
    expect(t.arrived()).toEqual(['a', 'b', 'c'])
  })

  it('B77 comes back as often as connections end', async () => {
    const t = await open()
    t.send('a', 'b')
    await t.breaks()
    t.send('c')
    await t.acks('b')
    await t.breaks()
    expect(t.arrived()).toEqual(['a', 'c'])
  })

  it.each([
    ['by its id', 'a', ['b', 'c']],
    ['in a list', ['a', 'c'], ['b']],
    ['with all up to one', { upTo: 'b' }, ['c']],
    ['with all of it', { upTo: 'c' }, []],
  ])(
    'does not go out again where the handshake of the next connection confirms it %s',
    async (_, ack, left) => {
      const t = await open({
        onHandshake: async ({ receive }) => void (await receive()),
        server: {
          onOpen: (connection) => {
            if (connection.index) connection.send(JSON.stringify({ ack }))
            connection.send('{}')
          },
        },
      })
      const receipts = t.send('a', 'b', 'c')
      await t.breaks()
      expect(t.arrived(1)).toEqual(left)
      expect(receipts.filter(({ status }) => status === 'sent').map(({ id }) => id)).toEqual(left)
    },
  )

  it('B79 settles every promise where it is confirmed while it waits', async () => {
    const t = await open({
      onHandshake: async ({ receive }) => void (await receive()),
      server: {
        onOpen: (connection) => {
          if (connection.index) connection.send(JSON.stringify({ ack: 'a' }))
          connection.send('{}')
        },
      },
    })
    const [a] = t.send('a') as [Receipt]
    t.connection(0).die()
    await t.settle()
    const { sent, confirmed } = a
    await t.clock.advance(10)
    expect([a.status, await outcome(sent), await outcome(confirmed)]).toEqual([
      'confirmed',
      'resolved',
      'resolved',
    ])
  })

  it('is confirmed by all up to one, some of which went out again and some of which wait', async () => {
    const t = await open()
    const receipts = t.send('a', 'b', 'c', 'd')
    const limited = await open({ queue: { window: { messages: 2 } } })
    await t.breaks()
    await t.acks({ upTo: 'c' })
    expect(statuses(receipts)).toBe('confirmed confirmed confirmed sent')
    // The same where the second half is still waiting for the window.
    const halves = limited.send('a', 'b')
    limited.send('new')
    await limited.breaks()
    await limited.acks({ upTo: 'b' })
    expect(statuses(halves)).toBe('confirmed confirmed')
    expect(limited.arrived()).toEqual(['a', 'b', 'new'])
  })

  it('does not lend its ack to a message that was never sent', async () => {
    const t = await open({ retryDelay: () => 60_000, queue: { window: { messages: 1 } } })
    const [a, b] = t.send('a', 'b')
    await t.acks('b')
    expect([a?.status, b?.status]).toEqual(['sent', 'queued'])
  })

  it('B80 expires by its ttl, which counts from the send', async () => {
    const t = await open({ retryDelay: () => 100, queue: { ttl: 1_000 } })
    const [a, b] = [t.socket.send({ id: 'a' }), t.socket.send({ id: 'b' }, { ttl: 60 })]
    const c = t.socket.send({ id: 'c' }, { ttl: 600 })
    await t.clock.advance(400)
    expect(statuses([a, b, c])).toBe('sent sent sent')
    t.connection(0).die()
    await t.settle()
    expect(statuses([a, b, c])).toBe('queued dropped queued')
    await t.clock.advance(99)
    expect(statuses([a, b, c])).toBe('queued dropped queued')
    await t.clock.advance(1)
    expect([t.arrived(), await outcome(b.confirmed)]).toEqual([['a', 'c'], 'EXPIRED'])
  })

  it('B80 expires while it waits', async () => {
    const t = await open({ retryDelay: () => 60_000 })
    const a = t.socket.send({ id: 'a' }, { ttl: 1_000 })
    t.connection(0).die()
    await t.clock.advance(999)
    expect(a.status).toBe('queued')
    await t.clock.advance(1)
    expect(await outcome(a.confirmed)).toBe('EXPIRED')
  })

  it('is dropped by its signal, whether that came before or after the break, and not while it is unconfirmed', async () => {
    const t = await open({ retryDelay: () => 60_000 })
    const [before, after, never] = [new AbortController(), new AbortController(), new AbortController()]
    const [a, b, c] = [before, after, never].map(({ signal }, n) => t.socket.send({ id: n }, { signal }))
    before.abort()
    expect(a?.status).toBe('sent')
    await t.breaks()
    expect(statuses([a, b, c] as Receipt[])).toBe('dropped queued queued')
    after.abort()
    expect(statuses([a, b, c] as Receipt[])).toBe('dropped dropped queued')
    expect(await outcome((a as Receipt).confirmed)).toBe('ABORTED')
    t.socket.connect()
    await t.settle()
    await t.acks(2)
    const listening = [before, after, never].map(({ signal }) => getEventListeners(signal, 'abort').length)
    expect(listening).toEqual([0, 0, 0])
  })

  it('B81 is not replaced by its key: it may have arrived', async () => {
    const t = await open({ retryDelay: () => 60_000 })
    const first = t.socket.send({ id: 'first' }, { key: 'draft' })
    await t.breaks()
    const second = t.socket.send({ id: 'second' }, { key: 'draft' })
    const third = t.socket.send({ id: 'third' }, { key: 'draft' })
    expect(statuses([first, second, third])).toBe('queued dropped queued')
    t.socket.connect()
    await t.settle()
    expect(t.arrived()).toEqual(['first', 'third'])
  })

  it('can be cancelled and cleared, and not while it is unconfirmed', async () => {
    const t = await open({ retryDelay: () => 60_000 })
    const [a, b] = t.send('a', 'b') as [Receipt, Receipt]
    expect([a.cancel(), a.status]).toEqual([false, 'sent'])
    t.socket.queue.clear()
    expect(statuses([a, b])).toBe('sent sent')
    await t.breaks()
    expect([a.cancel(), await outcome(a.confirmed)]).toEqual([true, 'CANCELLED'])
    t.socket.queue.clear()
    expect(await outcome(b.confirmed)).toBe('CLEARED')
    t.socket.connect()
    await t.settle()
    expect(t.arrived()).toEqual([])
  })

  it('B79 is dropped with CLOSED where the socket is disposed', async () => {
    const t = await open()
    const [a] = t.send('a') as [Receipt]
    await Promise.all([t.socket[Symbol.asyncDispose](), t.clock.advance(10)])
    expect(await outcome(a.confirmed)).toBe('CLOSED')
  })

  it('B83 is what it was at send(), though nothing of it was in the buffer any more', async () => {
    const { clock, server, socket } = await openRig({
      retryDelay: () => 10,
      queue: offlineQueue({ confirm: acks({ id: (data) => data, isAck: () => undefined }) }),
    })
    const bytes = new Uint8Array([1, 2, 3])
    socket.send(bytes)
    socket.send(bytes.buffer)
    bytes.fill(9)
    server.latest.die()
    await clock.advance(10)
    expect(server.connections[1]?.received).toEqual([new Uint8Array([1, 2, 3]), new Uint8Array([1, 2, 3])])
  })

  it('is not there where it had been confirmed, though the last sample of the buffer shows it', async () => {
    const t = await open({ server: { buffered: 'manual' } })
    const closes = tape(t.socket, 'close')
    t.send('a', 'b')
    await t.acks('a')
    await t.breaks()
    expect(closes).toMatchObject([{ uncertain: { messages: 0, bytes: 0 } }])
    t.connection(1).drain()
    expect(t.arrived()).toEqual(['b'])
  })
})

describe('who waits for all of it', () => {
  it('drained() waits for the last ack', async () => {
    const t = await open()
    t.send('a', 'b')
    const drained = t.socket.queue.drained()
    await t.acks('b')
    expect(await outcome(drained)).toBe('pending')
    await t.acks('a')
    expect(await outcome(drained)).toBe('resolved')
  })

  it('drained() waits over a break', async () => {
    const t = await open()
    t.send('a')
    const drained = t.socket.queue.drained()
    await t.breaks()
    expect(await outcome(drained)).toBe('pending')
    await t.acks('a')
    expect(await outcome(drained)).toBe('resolved')
  })

  it('drained() ends with the last one that is dropped', async () => {
    const t = await open({ retryDelay: () => 60_000 })
    t.send('a')
    const drained = t.socket.queue.drained()
    await t.breaks()
    t.socket.queue.clear()
    expect(await outcome(drained)).toBe('resolved')
  })

  it('B85 close({ drain }) waits for acks, and sends what waited for the window', async () => {
    const t = await open({ queue: { window: { messages: 1 } } })
    const receipts = t.send('a', 'b')
    const closed = t.socket.close(1000, '', { drain: 1_000 })
    await t.clock.advance(500)
    expect(t.status()).toBe('closing')
    await t.acks('a')
    expect(t.arrived()).toEqual(['a', 'b'])
    await t.acks('b')
    expect([statuses(receipts), t.status(), await outcome(closed)]).toEqual([
      'confirmed confirmed',
      'closed',
      'resolved',
    ])
  })

  it('B85 close({ drain }) waits no longer than it was told, and what is unconfirmed waits for connect()', async () => {
    const t = await open()
    const closes = tape(t.socket, 'close')
    const [a] = t.send('a')
    const closed = t.socket.close(1000, '', { drain: 1_000 })
    await t.clock.advance(999)
    expect(t.status()).toBe('closing')
    await t.clock.advance(1)
    expect([t.status(), await outcome(closed), a?.status]).toEqual(['closed', 'resolved', 'queued'])
    expect(closes).toMatchObject([{ origin: 'user', uncertain: { messages: 1 } }])
    t.socket.connect()
    await t.settle()
    expect(t.arrived()).toEqual(['a'])
  })
})

describe('receipt.confirmed', () => {
  const moments = ['while it waits', 'while it is unconfirmed', 'after that'] as const
  it.each(moments)('B79 resolves once it is known that it arrived, read %s', async (moment) => {
    const t = helped(rig<Codec<any, any>>(options()))
    const [a] = t.send('a') as [Receipt]
    const read: Promise<void>[] = []
    const readAt = (now: typeof moment) =>
      void (now === moment && read.push(a.confirmed, a.sent, a.confirmed))
    readAt('while it waits')
    t.socket.connect()
    await t.settle()
    readAt('while it is unconfirmed')
    if (moment !== 'after that') expect(await outcome(read[0] as Promise<void>)).toBe('pending')
    await t.acks('a')
    readAt('after that')
    expect(await Promise.all(read.map(outcome))).toEqual(['resolved', 'resolved', 'resolved'])
    expect(read[2]).toBe(read[0])
  })

  it.each(moments)('B79 rejects with why it was dropped, read %s', async (moment) => {
    const t = helped(rig<Codec<any, any>>(options({ queue: { recover: 'never' } })))
    const [a] = t.send('a') as [Receipt]
    const read: Promise<void>[] = []
    const readAt = (now: typeof moment) => void (now === moment && read.push(a.confirmed))
    readAt('while it waits')
    t.socket.connect()
    await t.settle()
    readAt('while it is unconfirmed')
    await t.breaks()
    readAt('after that')
    expect(await Promise.all(read.map(outcome))).toEqual(['UNCONFIRMED'])
  })

  it('cannot be read without confirm', async () => {
    const t = await open({ confirm: 'none' })
    const receipt = t.socket.send({})
    expect(() => receipt.confirmed).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
  })
})

describe('B80 poison', () => {
  it('B80 is what met three breaks in a row at the head of what came back', async () => {
    const t = await open()
    const drops = tape(t.socket, 'drop')
    const [a, b] = t.send('a', 'b')
    await t.breaks()
    await t.breaks(1011)
    expect([a?.status, t.arrived()]).toEqual(['sent', ['a', 'b']])
    await t.breaks()
    expect(drops).toMatchObject([{ id: 'a', error: { code: 'POISON' } }])
    expect([b?.status, t.arrived()]).toEqual(['sent', ['b']])
    expect(await outcome((a as Receipt).confirmed)).toBe('POISON')
  })

  it('B80 is counted anew for the next', async () => {
    const t = await open()
    const drops = tape(t.socket, 'drop')
    t.send('a', 'b')
    for (let n = 0; n < 5; n++) await t.breaks()
    expect(drops.map(({ id }) => id)).toEqual(['a'])
    await t.breaks()
    expect(drops.map(({ id }) => id)).toEqual(['a', 'b'])
  })

  it('B80 is nothing that saw progress: an ack of whatever else', async () => {
    const t = await open()
    const drops = tape(t.socket, 'drop')
    t.send('a')
    for (let n = 0; n < 5; n++) {
      t.send(`b${n}`)
      await t.acks(`b${n}`)
      await t.breaks()
    }
    expect([drops, t.arrived()]).toEqual([[], ['a']])
    await t.breaks()
    expect(drops).toEqual([])
    await t.breaks()
    expect(drops.map(({ id }) => id)).toEqual(['a'])
  })

  it('B80 is nothing that only waited while attempts failed', async () => {
    const t = await open()
    const drops = tape(t.socket, 'drop')
    t.send('a')
    t.server.mode = 'refuse'
    await t.breaks()
    for (let n = 0; n < 5; n++) await t.clock.advance(10)
    t.server.mode = 'accept'
    await t.clock.advance(10)
    expect([t.status(), drops, t.arrived()]).toEqual(['open', [], ['a']])
  })

  it.each(['reconnect()', 'a silent peer'])('B80 is nothing that we abandoned ourselves: %s', async (why) => {
    const t = await open({ beats: true })
    const drops = tape(t.socket, 'drop')
    t.send('a')
    for (let n = 0; n < 4; n++) {
      if (why === 'reconnect()') t.socket.reconnect()
      else t.server.latest.stall()
      await t.clock.advance(why === 'reconnect()' ? 0 : interval + timeout + 10)
      expect(t.arrived()).toEqual(['a'])
    }
    expect([t.server.connections.length, drops]).toEqual([5, []])
  })
})

describe('B84 a message that is too large for the server', () => {
  it('B84 is the largest of those that are unconfirmed: it is dropped, the rest goes on', async () => {
    const t = await open()
    const told = record(t.socket, ['drop', 'error'])
    t.send('a')
    const large = t.socket.send({ id: 'large', text: 'x'.repeat(1_000) })
    t.send('b')
    await t.breaks(1009)
    expect(told).toMatchObject([['drop', { id: 'large', error: { code: 'TOO_LARGE' } }]])
    expect(await outcome(large.confirmed)).toBe('TOO_LARGE')
    expect(t.arrived()).toEqual(['a', 'b'])
  })

  it('B84 is measured in bytes, as the server does', async () => {
    const t = await open()
    const drops = tape(t.socket, 'drop')
    t.socket.send({ id: 'long', text: 'x'.repeat(100) })
    t.socket.send({ id: 'wide', text: '€'.repeat(90) })
    await t.breaks(1009)
    expect(drops.map(({ id }) => id)).toEqual(['wide'])
  })

  it('B84 may be one that was now or never: nothing else is blamed for it', async () => {
    const t = await open()
    const drops = tape(t.socket, 'drop')
    t.send('a')
    t.socket.send({ id: 'large', text: 'x'.repeat(1_000) }, { queue: false })
    await t.breaks(1009)
    expect(drops.map(({ id }) => id)).toEqual(['large'])
    expect(t.arrived()).toEqual(['a'])
  })

  it('B84 is not one that was confirmed: what had arrived was not too large', async () => {
    const t = await open()
    const drops = tape(t.socket, 'drop')
    t.socket.send({ id: 'large', text: 'x'.repeat(1_000) })
    t.send('a', 'bb')
    await t.acks('large')
    await t.breaks(1009)
    expect(drops.map(({ id }) => id)).toEqual(['bb'])
  })

  it('B84 is dropped with recover: never, too, and the others as ever', async () => {
    const t = await open({ queue: { recover: 'never' } })
    const drops = tape(t.socket, 'drop')
    t.send('a', 'large')
    await t.breaks(1009)
    expect(drops.map(({ id, error }) => [id, error.code])).toEqual([
      ['large', 'TOO_LARGE'],
      ['a', 'UNCONFIRMED'],
    ])
  })

  it.each([
    ['with none, where nobody can know which', 'none' as const, ['a']],
    ['where nothing is unconfirmed', {}, []],
  ])('B84 is told as an error %s', async (_, confirm, ids) => {
    const t = await open({ confirm })
    const told = record(t.socket, ['drop', 'error'])
    t.send(...ids)
    await t.breaks(1009)
    expect(told).toMatchObject([['error', { code: 'TOO_LARGE', message: expect.stringContaining('1009') }]])
    expect([t.status(), t.arrived()]).toEqual(['open', []])
  })

  it.each([{}, 'none' as const])('B84 three in a row stop the socket', async (confirm) => {
    const t = await open({ confirm })
    const drops = tape(t.socket, 'drop')
    const receipts = t.send('a', 'bb', 'ccc', 'dddd')
    await t.breaks(1009)
    await t.breaks(1009)
    expect(t.status()).toBe('open')
    await t.breaks(1009)
    expect(t.socket.state.get()).toMatchObject({ status: 'closed', cause: { code: 1009 } })
    if (confirm === 'none') return
    expect(drops.map(({ id }) => id)).toEqual(['dddd', 'ccc', 'bb'])
    expect(receipts[0]?.status).toBe('queued')
  })

  it('B84 three with a useful connection between them do not', async () => {
    const t = await open()
    for (let n = 0; n < 4; n++) {
      await t.clock.advance(5_000)
      await t.breaks(1009)
    }
    expect(t.status()).toBe('open')
  })

  it('B84 three that shouldRetry wants to go on after do not', async () => {
    const t = await open({ shouldRetry: () => true })
    for (let n = 0; n < 5; n++) await t.breaks(1009)
    expect(t.status()).toBe('open')
  })
})

describe('in a rotation', () => {
  const rotating = { rotation: rotation({ fenceTimeout: 200, linger: 1_000 }) }

  it('with acks it is they that prove what was sent on the first: the second takes over with the last of them', async () => {
    const t = await open(rotating)
    const first = t.socket.transport
    t.send('a', 'b')
    t.socket.rotate()
    await t.settle()
    t.send('new')
    await t.acks('a', 0)
    await t.clock.advance(100)
    expect([t.server.connections.length, t.socket.transport]).toEqual([2, first])
    await t.acks('b', 0)
    expect(t.socket.transport).toBe(t.connection(1).client)
    expect([t.arrived(0), t.arrived(1)]).toEqual([['a', 'b'], ['new']])
  })

  it('with acks and an empty window it takes over at once, whatever the heartbeat says', async () => {
    const t = await open({ ...rotating, beats: true })
    t.send('a')
    await t.acks('a')
    t.socket.rotate()
    await t.settle()
    expect(t.socket.transport).toBe(t.connection(1).client)
    expect(t.pings(0)).toEqual([])
  })

  it('B77 what was not proven in time goes out again on the second, ahead of what is new', async () => {
    const t = await open(rotating)
    const receipts = t.send('a', 'b', 'c')
    t.socket.rotate()
    await t.settle()
    t.send('new')
    await t.acks('b', 0)
    await t.clock.advance(200)
    expect(t.arrived(1)).toEqual(['a', 'c', 'new'])
    await t.acks(['a', 'c'], 1)
    expect(statuses(receipts)).toBe('confirmed confirmed confirmed')
  })

  it('a late ack on the first, while it lingers, confirms what went out again', async () => {
    const t = await open(rotating)
    const receipts = t.send('a', 'b')
    t.socket.rotate()
    await t.clock.advance(200)
    await t.acks({ upTo: 'b' }, 0)
    expect(statuses(receipts)).toBe('confirmed confirmed')
    await t.breaks()
    expect(t.arrived()).toEqual([])
  })

  it('a late ack on the first confirms what still waits for the window of the second', async () => {
    const t = await open({ ...rotating, queue: { window: { messages: 1 } } })
    t.send('a', 'b')
    t.socket.rotate()
    await t.clock.advance(200)
    expect(t.arrived(1)).toEqual(['a'])
    await t.acks('a', 0)
    expect(t.arrived(1)).toEqual(['a', 'b'])
  })

  it('an ack on the second, before it takes over, counts', async () => {
    const t = await open(rotating)
    const [a] = t.send('a')
    t.socket.rotate()
    await t.settle()
    await t.acks('a', 1)
    expect([a?.status, t.socket.transport]).toEqual(['confirmed', t.connection(1).client])
    expect(t.arrived(1)).toEqual([])
  })

  it('B77 where the first is lost meanwhile, what it left unconfirmed goes out on the second', async () => {
    const t = await open(rotating)
    const closes = tape(t.socket, 'close')
    t.send('a', 'b')
    t.socket.rotate()
    await t.settle()
    t.connection(0).die()
    await t.settle()
    expect([t.arrived(1), closes, t.status()]).toEqual([['a', 'b'], [], 'open'])
  })

  it('B84 where the first is closed with 1009 meanwhile, the largest is dropped', async () => {
    const t = await open(rotating)
    const drops = tape(t.socket, 'drop')
    t.send('a', 'large')
    t.socket.rotate()
    await t.settle()
    t.connection(0).close(1009)
    await t.settle()
    expect(drops.map(({ id, error }) => [id, error.code])).toEqual([['large', 'TOO_LARGE']])
    expect(t.arrived(1)).toEqual(['a'])
  })

  it.each(['close', 'reconnect'] as const)(
    'a listener that hears of a drop there may %s() the socket',
    async (act) => {
      const t = await open(rotating)
      t.socket.on('drop', () => void t.socket[act]())
      t.send('a', 'large')
      t.socket.rotate()
      await t.settle()
      t.connection(0).close(1009)
      await t.clock.advance(10)
      expect(t.status()).toBe(act === 'close' ? 'closed' : 'open')
      expect(t.server.live).toBe(act === 'close' ? 0 : 1)
      if (act === 'reconnect') expect(t.arrived(2)).toEqual(['a'])
    },
  )

  it.each([{}, 'pong'] as const)(
    'B71 what is not to go out again is dropped where it was not proven in time, and counted: %o',
    async (confirm) => {
      const t = await open({ ...rotating, confirm, queue: { recover: 'never', window: { messages: 1 } } })
      const queue = vi.fn()
      t.socket.queue.subscribe(queue)
      const [a] = t.send('a', 'b') as [Receipt]
      t.socket.rotate()
      await t.clock.advance(200)
      expect([await outcome(a.confirmed), t.arrived(1)]).toEqual(['UNCONFIRMED', ['b']])
      expect(t.socket.queue.get()).toMatchObject({ messages: 0, dropped: 1 })
      expect(queue).toHaveBeenCalled()
    },
  )

  it('with pongs it is the pong behind it', async () => {
    const t = await open({ ...rotating, confirm: 'pong' })
    const [a] = t.send('a')
    t.socket.rotate()
    await t.settle()
    t.send('new')
    const fence = t.pings(0).at(-1)
    await t.pongs(fence, 0)
    expect([a?.status, t.socket.transport]).toEqual(['confirmed', t.connection(1).client])
    expect(t.arrived(1)).toEqual(['new'])
  })

  it('with pongs, too, what was not proven in time goes out again on the second', async () => {
    const t = await open({ ...rotating, confirm: 'pong' })
    t.send('a', 'b')
    t.socket.rotate()
    await t.clock.advance(200)
    expect(t.arrived(1)).toEqual(['a', 'b'])
  })

  it('B77 a pong on the first proves nothing of what went out on the second', async () => {
    const t = await open({ ...rotating, confirm: 'pong' })
    const [a] = t.send('a')
    t.socket.rotate()
    await t.clock.advance(200)
    for (const ping of t.pings(0)) await t.pongs(ping, 0)
    expect(a?.status).toBe('sent')
    await t.pongs(t.pings(1).at(-1), 1)
    expect(a?.status).toBe('confirmed')
  })
})

describe('by pongs', () => {
  const pong = { confirm: 'pong' } as const

  it('asks once for all that went out in a turn, and once more only when that is answered', async () => {
    const t = await open(pong)
    const receipts = t.send('a', 'b')
    await t.settle()
    expect(t.pings()).toEqual([1])
    receipts.push(...t.send('c'))
    await t.settle()
    expect(t.pings()).toEqual([1])
    await t.pongs(1)
    expect(statuses(receipts)).toBe('confirmed confirmed sent')
    expect(t.pings()).toEqual([1, 2])
    await t.pongs(2)
    expect(statuses(receipts)).toBe('confirmed confirmed confirmed')
    await t.clock.advance(interval - 1)
    expect(t.pings()).toEqual([1, 2])
  })

  it.each([
    ['names no ping of ours', 99],
    ['was answered before', 1],
  ])('B77 a pong that %s proves nothing', async (_, pong) => {
    const t = await open({ confirm: 'pong' })
    t.send('first')
    await t.settle()
    await t.pongs(1)
    const [a] = t.send('a')
    await t.settle()
    await t.pongs(pong)
    expect(a?.status).toBe('sent')
  })

  it('B77 a pong to an older ping proves nothing of what went out after that', async () => {
    const t = await open(pong)
    const [a] = t.send('a')
    await t.clock.advance(interval)
    expect(t.pings()).toEqual([1, 2])
    const [b] = t.send('b')
    await t.settle()
    await t.pongs(1)
    expect(statuses([a, b] as Receipt[])).toBe('confirmed sent')
  })

  it.each([[[1, 2]], [[2]]])(
    'B77 nor do two pongs to pings between which nothing went out: %j',
    async (answers) => {
      const t = await open(pong)
      const [a] = t.send('a')
      await t.clock.advance(interval)
      expect(t.pings()).toEqual([1, 2])
      const [b] = t.send('b')
      await t.settle()
      for (const answer of answers) await t.pongs(answer)
      expect(statuses([a, b] as Receipt[])).toBe('confirmed sent')
      const last = t.pings().at(-1) as number
      expect(last).toBeGreaterThan(2)
      await t.pongs(last)
      expect(b?.status).toBe('confirmed')
    },
  )

  it('a pong to a regular ping proves what went out before it', async () => {
    const t = await open(pong)
    const [a] = t.send('a')
    await t.clock.advance(interval)
    await t.pongs(2)
    expect(a?.status).toBe('confirmed')
  })

  it('B77 a pong on another connection proves nothing', async () => {
    const t = await open(pong)
    const [a] = t.send('a')
    await t.settle()
    await t.breaks()
    expect(t.arrived()).toEqual(['a'])
    await t.pongs(1)
    expect(a?.status).toBe('sent')
    await t.settle()
    await t.pongs(t.pings().at(-1) as number)
    expect(a?.status).toBe('confirmed')
  })

  it('B78 goes on within the window, pong by pong', async () => {
    const t = await open({ ...pong, queue: { window: { messages: 2 } } })
    t.send('a', 'b', 'c', 'd', 'e')
    for (const ping of [1, 2]) {
      await t.settle()
      await t.pongs(ping)
    }
    await t.settle()
    expect(t.arrived()).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  it('B77 pongs that name no ping prove nothing once pings were given up: they may be for one of those', async () => {
    const { clock, server, socket } = await openRig({
      queue: offlineQueue({ confirm: pongs() }),
      heartbeat: heartbeat({ interval, timeout }),
    })
    socket.send('a')
    for (let n = 0; n < 9; n++) {
      await clock.advance(interval)
      server.latest.send('news')
      await clock.advance(0)
    }
    const late = socket.send('late')
    await clock.advance(interval)
    for (let n = 0; n < 2; n++) server.latest.send('pong')
    await clock.advance(0)
    expect(server.connections).toHaveLength(1)
    expect(late.status).toBe('sent')
  })

  it('pongs that name their ping prove what went before it, also after a while in which none came', async () => {
    const t = await open(pong)
    t.send('a')
    for (let n = 0; n < 12; n++) {
      await t.clock.advance(interval)
      await t.says('news')
    }
    const [b] = t.send('b')
    await t.clock.advance(interval)
    for (const ping of t.pings().slice(-2)) await t.pongs(ping)
    expect([t.server.connections.length, b?.status]).toEqual([1, 'confirmed'])
  })

  it('never has more pings under way than the heartbeat and its own, however often it was doubted', async () => {
    const around = surroundings()
    const t = await open({ ...pong, environment: around.environment })
    let answered = 0
    const ways: number[] = []
    for (let n = 0; n < 200; n++) {
      t.socket.send({})
      if (n % 20 === 10) around.network.tell('change')
      await t.clock.advance(10)
      const pings = t.pings()
      ways.push(pings.length - answered)
      // A round trip of 50.
      if (n % 5 === 0) for (; answered < pings.length; answered++) await t.pongs(pings[answered])
    }
    expect(answered).toBeGreaterThan(20)
    expect(Math.max(...ways.slice(-20))).toBeLessThanOrEqual(2)
  })

  it('B85 close({ drain }) and drained() wait for the pong', async () => {
    const t = await open(pong)
    t.send('a')
    const drained = t.socket.queue.drained()
    const closed = t.socket.close(1000, '', { drain: 5_000 })
    await t.settle()
    expect([await outcome(drained), t.status()]).toEqual(['pending', 'closing'])
    await t.pongs(1)
    expect([await outcome(drained), await outcome(closed)]).toEqual(['resolved', 'resolved'])
  })

  it.each([
    ['nothing else', {}, (id: string) => ({ id })],
    ['an id that is null', { id: null, n: 1 }, (id: string) => ({ id, n: 1 })],
    ['a toJSON of its own', { n: 1, toJSON: () => ({ made: true }) }, (id: string) => ({ id, made: true })],
  ])('puts an id into a message with %s', async (_, message, expected) => {
    const t = await open()
    const receipt = t.socket.send(message)
    expect(JSON.parse(String(t.connection(0).received[0]))).toEqual(expected(receipt.id))
    await t.says({ ack: receipt.id })
    expect(receipt.status).toBe('confirmed')
  })

  it('puts an id in where it is given one, by which the server drops doubles', async () => {
    const made = await openRig<Codec<any, any>>({
      codec: json(),
      retryDelay: () => 10,
      heartbeat: namedPings(),
      queue: offlineQueue({ confirm: pongs({ id: 'key' }) }),
    })
    const receipt = made.socket.send({ text: 'hi' })
    made.server.latest.die()
    await made.clock.advance(10)
    const frames = made.server.connections.map(({ received }) => received[0])
    expect(frames).toEqual(Array(2).fill(JSON.stringify({ key: receipt.id, text: 'hi' })))
  })

  it('leaves messages as they are without one', async () => {
    const t = await open(pong)
    t.socket.send({ text: 'hi' })
    expect(t.connection(0).received).toEqual(['{"text":"hi"}'])
  })

  it('tells an error where the heartbeat has nothing to ask with', async () => {
    const { socket, clock } = rig({
      queue: offlineQueue({ confirm: pongs() }),
      heartbeat: heartbeat({ passive: true }),
    })
    const errors = tape(socket, 'error')
    socket.connect()
    await clock.advance(0)
    expect(errors).toMatchObject([{ code: 'INVALID_OPTION', message: expect.stringContaining('heartbeat') }])
  })

  it('takes a passive heartbeat that has something to ask with', async () => {
    const { clock, server, socket } = await openRig({
      queue: offlineQueue({ confirm: pongs() }),
      heartbeat: heartbeat({ passive: true, ping: 'still there?', isPong: (message) => message === 'yes' }),
    })
    const receipt = socket.send('a')
    await clock.advance(0)
    expect(server.latest.received).toEqual(['a', 'still there?'])
    server.latest.send('yes')
    await clock.advance(0)
    expect(receipt.status).toBe('confirmed')
  })

  it('B62 after the clock jumped the message waits for the probe, and goes out then', async () => {
    const t = await open(pong)
    t.clock.setNow(t.clock.now() + 60_000)
    const [a] = t.send('a')
    expect([a?.status, t.arrived()]).toEqual(['queued', []])
    await t.pongs(1)
    expect(t.arrived()).toEqual(['a'])
    await t.settle()
    await t.pongs(t.pings().at(-1) as number)
    expect(a?.status).toBe('confirmed')
  })
})

describe('B77 uncertain', () => {
  it.each(['none', 'pong', {}] as const)(
    'B77 counts what was handed over and is not proven, with confirm %o',
    async (confirm) => {
      const t = await open({ confirm, beats: true })
      const closes = tape(t.socket, 'close')
      t.send('a', 'bb')
      await t.breaks()
      expect(closes).toMatchObject([{ uncertain: { messages: 2, bytes: 21 } }])
    },
  )

  it.each(['none', 'pong'] as const)(
    'B77 leaves out what a pong has proven, with confirm %s',
    async (confirm) => {
      const t = await open({ confirm, beats: true })
      const closes = tape(t.socket, 'close')
      t.send('a', 'bb')
      await t.clock.advance(interval)
      t.send('ccc')
      for (const ping of t.pings()) await t.pongs(ping)
      t.send('dddd')
      await t.breaks()
      expect(closes).toMatchObject([{ uncertain: { messages: 2, bytes: 25 } }])
    },
  )

  it('B77 goes by acks alone where there are acks', async () => {
    const t = await open({ beats: true })
    const closes = tape(t.socket, 'close')
    t.send('a', 'bb', 'ccc')
    await t.acks('bb')
    await t.clock.advance(interval)
    await t.pongs(1)
    await t.breaks()
    expect(closes).toMatchObject([{ uncertain: { messages: 2, bytes: 22 } }])
  })

  it('B77 leaves out what is certain not to have left', async () => {
    const t = await open({ server: { buffered: 'manual' } })
    const closes = tape(t.socket, 'close')
    t.send('a', 'bb')
    t.connection(0).drain(10)
    await t.clock.advance(100)
    await t.breaks()
    expect(closes).toMatchObject([{ uncertain: { messages: 1, bytes: 10 } }])
  })

  it('B77 a pong on the second connection proves nothing of what the first left unproven', async () => {
    const t = await open({ confirm: 'none', beats: true, rotation: rotation({ fenceTimeout: 100 }) })
    const closes = tape(t.socket, 'close')
    t.send('a')
    t.socket.rotate()
    await t.clock.advance(100)
    t.send('b')
    await t.clock.advance(interval)
    for (const ping of t.pings(1)) await t.pongs(ping, 1)
    await t.breaks()
    expect(closes).toMatchObject([{ uncertain: { messages: 1, bytes: 10 } }])
  })
})

it('B77 a proof that comes with a later rotation proves nothing of what an earlier one left unproven', async () => {
  const t = await open({ confirm: 'none', beats: true, rotation: rotation({ fenceTimeout: 100, linger: 0 }) })
  const closes = tape(t.socket, 'close')
  t.send('a')
  t.socket.rotate()
  await t.clock.advance(101)
  t.socket.rotate()
  await t.settle()
  await t.pongs(t.pings(1).at(-1) as number, 1)
  expect(t.socket.transport).toBe(t.connection(2).client)
  await t.breaks()
  expect(closes).toMatchObject([{ uncertain: { messages: 1, bytes: 10 } }])
})

describe('whoever is told', () => {
  it.each(['drop', 'close', 'state', 'error'] as const)(
    'may send in a %s listener: it goes behind what came back',
    async (event) => {
      const t = await open()
      let sent = false
      t.send('a', 'large')
      t.socket.on(event, () => {
        if (!sent) t.send('new')
        sent = true
      })
      if (event === 'error') t.socket.on('close', () => expect.fail('a listener that throws'))
      await t.breaks(1009)
      expect(t.arrived(1)).toEqual(['a', 'new'])
    },
  )

  it.each(['drop', 'close', 'state'] as const)('may close the socket in a %s listener', async (event) => {
    const t = await open()
    t.socket.on(event, () => void t.socket.close())
    const [a] = t.send('a', 'large')
    await t.breaks(1009)
    expect([t.status(), a?.status, t.server.connections.length]).toEqual(['closed', 'queued', 1])
  })

  it.each(['drop', 'close', 'state'] as const)('may reconnect in a %s listener', async (event) => {
    const t = await open()
    let times = 0
    t.socket.on(event, () => void (times++ || t.socket.reconnect()))
    t.send('a', 'large')
    await t.breaks(1009)
    expect([t.status(), t.arrived(), t.server.live]).toEqual(['open', ['a'], 1])
  })

  it.each([
    ['sends', (t: Opened): void => void t.send('new'), 'open', ['a', 'b', 'new']],
    ['reconnects', (t: Opened): void => t.socket.reconnect(), 'open', ['b']],
    ['closes', (t: Opened): void => void t.socket.close(), 'closed', ['a', 'b']],
  ] as const)('isAck that %s confirms all the same', async (_, act, status, last) => {
    const acting: (() => void)[] = []
    const t = await open({
      confirm: {
        isAck: (message) => {
          acting.pop()?.()
          return message.ack
        },
      },
    })
    const [a, b] = t.send('a', 'b')
    acting.push(() => act(t))
    await t.acks('a')
    await t.clock.advance(20)
    expect(a?.status).toBe('confirmed')
    expect(b?.status).toBe(status === 'closed' ? 'queued' : 'sent')
    expect([t.status(), t.arrived()]).toEqual([status, last])
  })

  it('may clear the queue while an ack confirms what waits in it', async () => {
    const t = await open({
      onHandshake: async ({ receive }) => void (await receive()),
      server: {
        onOpen: (connection) => {
          if (connection.index) connection.send(JSON.stringify({ ack: { upTo: 'c' } }))
          connection.send('{}')
        },
      },
    })
    const receipts = t.send('a', 'b', 'c', 'd')
    t.connection(0).die()
    await t.settle()
    t.socket.queue.subscribe(() => t.socket.queue.clear())
    await t.clock.advance(10)
    expect(receipts.every(({ status }) => status === 'confirmed' || status === 'dropped')).toBe(true)
    expect([t.status(), t.arrived()]).toEqual(['open', []])
  })

  it('is not told of the queue where nothing about it changed', async () => {
    const { clock, server, socket } = rig<Codec<any, any>>(options({ server: { mode: 'refuse' } }))
    const told = vi.fn()
    socket.queue.subscribe(told)
    const before = socket.queue.get()
    socket.connect()
    await clock.advance(100)
    expect(server.connections.length).toBeGreaterThan(3)
    expect(told).not.toHaveBeenCalled()
    expect(socket.queue.get()).toBe(before)
  })
})
