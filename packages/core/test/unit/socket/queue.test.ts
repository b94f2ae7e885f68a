// What waits: limits, order, pace, expiry, and what comes back from a transport that died.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { heartbeat, offlineQueue, type WebSocketLike } from '../../../src'
import type { MemoryServer } from '../../../src/testing'
import { openRig, outcome, record, rig, tape, throttledLoop } from './support'

const manual = { buffered: 'manual' } as const
const numbered = (count: number, from = 0) => Array.from({ length: count }, (_, n) => `message ${from + n}`)
const arrived = (server: MemoryServer) => server.connections.flatMap(({ received }) => received)

describe('B72 limits', () => {
  it('B72 by messages, dropping the newest', async () => {
    const { clock, server, socket } = rig({ queue: offlineQueue({ maxMessages: 3 }) })
    const drops = tape(socket, 'drop')
    const receipts = numbered(5).map((message) => socket.send(message))
    expect(receipts.map(({ status }) => status)).toEqual(['queued', 'queued', 'queued', 'dropped', 'dropped'])
    expect(await outcome(receipts[3]?.sent as Promise<void>)).toBe('QUEUE_FULL')
    expect(drops.map(({ data, error }) => [data, error.code])).toEqual([
      ['message 3', 'QUEUE_FULL'],
      ['message 4', 'QUEUE_FULL'],
    ])
    expect(socket.queue.get()).toEqual({ messages: 3, bytes: 27, unconfirmed: 0, dropped: 2 })
    socket.connect()
    await clock.advance(0)
    expect(server.latest.received).toEqual(numbered(3))
  })

  it('B72 by messages, dropping the oldest', async () => {
    const { clock, server, socket } = rig({
      queue: offlineQueue({ maxMessages: 3, overflow: 'drop-oldest' }),
    })
    const receipts = numbered(5).map((message) => socket.send(message))
    expect(receipts.map(({ status }) => status)).toEqual(['dropped', 'dropped', 'queued', 'queued', 'queued'])
    expect(await outcome(receipts[0]?.sent as Promise<void>)).toBe('QUEUE_FULL')
    socket.connect()
    await clock.advance(0)
    expect(server.latest.received).toEqual(numbered(3, 2))
  })

  it.each([
    ['UTF-8 text', 'aé€😀', 10],
    ['a lone surrogate', '\ud800', 3],
    ['an ArrayBuffer', new ArrayBuffer(7), 7],
    ['a view', new Uint16Array(4), 8],
    ['a part of a buffer', new Uint8Array(100).subarray(10, 25), 15],
    ['a Blob', new Blob(['héllo']), 6],
    ['a long text', '€'.repeat(5_000), 15_000],
  ])('B72 measures %s as it goes over the wire', (_, data, bytes) => {
    const { socket } = rig()
    socket.send(data)
    expect(socket.queue.get()).toEqual({ messages: 1, bytes, unconfirmed: 0, dropped: 0 })
    const { socket: tight } = rig({ queue: offlineQueue({ maxBytes: bytes }) })
    expect(tight.send(data).status).toBe('queued')
    const { socket: tighter } = rig({ queue: offlineQueue({ maxBytes: bytes - 1 }) })
    expect(tighter.send(data).status).toBe('dropped')
  })

  it('B72 by bytes, dropping as many of the oldest as the new one needs', async () => {
    const { socket } = rig({ queue: offlineQueue({ maxBytes: 10, overflow: 'drop-oldest' }) })
    const [a, b, c] = [socket.send('aaaa'), socket.send('bbb'), socket.send('ccc')]
    const d = socket.send('ddddd')
    expect([a, b, c, d].map(({ status }) => status)).toEqual(['dropped', 'dropped', 'queued', 'queued'])
    expect(socket.queue.get()).toEqual({ messages: 2, bytes: 8, unconfirmed: 0, dropped: 2 })
  })

  it('B72 a message larger than maxBytes is dropped itself, and takes no other with it', async () => {
    const { socket } = rig({ queue: offlineQueue({ maxBytes: 10, overflow: 'drop-oldest' }) })
    const small = socket.send('small')
    const large = socket.send('x'.repeat(11))
    expect([small.status, large.status]).toEqual(['queued', 'dropped'])
    expect(await outcome(large.sent)).toBe('QUEUE_FULL')
  })

  it('B72 maxMessages: 0 holds nothing', async () => {
    for (const overflow of ['drop-newest', 'drop-oldest'] as const) {
      const { socket } = rig({ queue: offlineQueue({ maxMessages: 0, overflow }) })
      expect(await outcome(socket.send('a').sent)).toBe('QUEUE_FULL')
    }
  })

  it('B72 holds in any sequence: bounded, first in first out, nothing unaccounted for', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({ size: fc.nat(30), key: fc.option(fc.constantFrom('k', 'l'), { nil: undefined }) }),
          {
            maxLength: 40,
          },
        ),
        fc.constantFrom('drop-newest' as const, 'drop-oldest' as const),
        async (sends, overflow) => {
          const { clock, server, socket } = rig({
            queue: offlineQueue({ maxMessages: 5, maxBytes: 60, overflow }),
          })
          const drops = tape(socket, 'drop')
          const receipts = sends.map(({ size, key }, n) => {
            const receipt = socket.send(`${n}`.padEnd(size), key === undefined ? {} : { key })
            const { messages, bytes, dropped } = socket.queue.get()
            expect(messages).toBeLessThanOrEqual(5)
            expect(bytes).toBeLessThanOrEqual(60)
            expect(messages + dropped).toBe(n + 1)
            return receipt
          })
          socket.connect()
          await clock.advance(0)
          expect(
            receipts
              .filter(({ status }) => status === 'dropped')
              .map(({ id }) => id)
              .sort(),
          ).toEqual(drops.map(({ id }) => id).sort())
          expect(receipts.filter(({ status }) => status === 'sent').length).toBe(
            server.latest.received.length,
          )
        },
      ),
    )
  })
})

describe('B81 key', () => {
  it('B81 a newer message replaces the older in its place', async () => {
    const { clock, server, socket } = rig()
    const drops = tape(socket, 'drop')
    const receipts = [
      socket.send('a'),
      socket.send('draft 1', { key: 'draft' }),
      socket.send('b'),
      socket.send('draft 2', { key: 'draft' }),
      socket.send('other', { key: 'other' }),
    ]
    expect(receipts.map(({ status }) => status)).toEqual(['queued', 'dropped', 'queued', 'queued', 'queued'])
    expect(await outcome(receipts[1]?.sent as Promise<void>)).toBe('REPLACED')
    expect(drops).toMatchObject([{ data: 'draft 1', error: { code: 'REPLACED' } }])
    socket.connect()
    await clock.advance(0)
    expect(server.latest.received).toEqual(['a', 'draft 2', 'b', 'other'])
  })

  it('B81 leaves one alone that is on the wire', async () => {
    const { server, socket } = await openRig()
    const first = socket.send('one', { key: 'k' })
    const second = socket.send('two', { key: 'k' })
    expect([first.status, second.status]).toEqual(['sent', 'sent'])
    expect(server.latest.received).toEqual(['one', 'two'])
  })

  it('B81 replaces in a full queue, and drops nothing else for it', async () => {
    const { socket } = rig({ queue: offlineQueue({ maxMessages: 2, maxBytes: 10 }) })
    const receipts = [
      socket.send('aaaa', { key: 'k' }),
      socket.send('bbbb'),
      socket.send('cccccc', { key: 'k' }),
    ]
    expect(receipts.map(({ status }) => status)).toEqual(['dropped', 'queued', 'queued'])
    // One that does not fit in its place leaves the older one where it is.
    const large = socket.send('ddddddd', { key: 'k' })
    expect([large.status, receipts[2]?.status]).toEqual(['dropped', 'queued'])
  })

  it('B81 an empty key is a key', async () => {
    const { socket } = rig()
    socket.send('a', { key: '' })
    socket.send('b', { key: '' })
    expect(socket.queue.get().messages).toBe(1)
  })
})

describe('B73 B74 pace', () => {
  const large = offlineQueue({ maxMessages: 20_000, maxBytes: 1e9 })

  /** Watches what one connection's buffer holds after each send. */
  function watchPeak(server: MemoryServer) {
    const { client } = server.latest
    const send = client.send.bind(client)
    const peak = { bytes: 0 }
    client.send = (data) => {
      send(data)
      peak.bytes = Math.max(peak.bytes, client.bufferedAmount)
    }
    return peak
  }

  it.each(['before', 'while'])(
    'B73 10 000 messages sent %s it is open never pass the high-water mark plus one',
    async (when) => {
      const highWaterMark = 10_000
      const { clock, server, socket } = rig({ queue: large, highWaterMark, server: manual })
      const messages = Array.from({ length: 10_000 }, (_, n) => `${n}`.padEnd(10 + (n % 300), 'x'))
      if (when === 'before') for (const message of messages) socket.send(message)
      let peak = { bytes: 0 }
      socket.on('open', () => {
        peak = watchPeak(server)
        if (when === 'while') for (const message of messages) socket.send(message)
      })
      socket.connect()
      await clock.advance(0)
      for (let round = 0; round < 1_000 && server.latest.received.length < messages.length; round++) {
        // Not all at once: the buffer is at every level when it is looked at.
        server.latest.drain(4_321)
        await clock.advance(64)
      }
      expect(server.latest.received).toEqual(messages)
      expect(peak.bytes).toBeGreaterThan(highWaterMark / 2)
      expect(peak.bytes).toBeLessThanOrEqual(highWaterMark + 310)
      await clock.advance(64)
      expect(clock.timers).toBe(0)
      expect(socket.queue.get()).toEqual({ messages: 0, bytes: 0, unconfirmed: 0, dropped: 0 })
    },
  )

  it('B73 lowWaterMark says when it goes on', async () => {
    const { clock, server, socket } = await openRig({ highWaterMark: 100, lowWaterMark: 50, server: manual })
    for (let n = 0; n < 20; n++) socket.send('0123456789')
    expect(server.latest.sent.length).toBe(10)
    server.latest.drain(49)
    await clock.advance(100)
    expect(server.latest.sent.length).toBe(10)
    server.latest.drain(1)
    await clock.advance(100)
    expect(server.latest.sent.length).toBe(15)
  })

  it('B73 what is sent while some wait goes behind them', async () => {
    const { clock, server, socket } = await openRig({ highWaterMark: 30, server: manual })
    for (const message of numbered(10)) socket.send(message)
    server.latest.drain()
    socket.send('message 10')
    expect(server.latest.sent.length).toBe(4)
    for (let round = 0; round < 5; round++) {
      await clock.advance(100)
      server.latest.drain()
    }
    expect(server.latest.received).toEqual(numbered(11))
  })

  it('B74 where bufferedAmount is always 0 the flush ends, in order, a high-water mark of bytes a turn', async () => {
    const { clock, server, socket } = rig({ queue: large, highWaterMark: 1_000 })
    const messages = Array.from({ length: 10_000 }, (_, n) => `${n}`.padStart(10, '0'))
    for (const message of messages) socket.send(message)
    socket.connect()
    let turns = 0
    let before = 0
    while (before < messages.length && turns < 2_000) {
      clock.runTurns()
      turns++
      expect(server.latest.received.length - before).toBeLessThanOrEqual(100)
      before = server.latest.received.length
    }
    expect(server.latest.received).toEqual(messages)
    expect(turns).toBeGreaterThanOrEqual(100)
    await clock.advance(0)
    expect(clock.timers + clock.turns).toBe(0)
  })

  it('B74 where bufferedAmount is 0 right after a send the flush ends, in order', async () => {
    const { clock, server, socket } = rig({ queue: large, highWaterMark: 1_000 })
    const messages = numbered(2_000)
    for (const message of messages) socket.send(message)
    socket.on('open', () => {
      // Safari tells of what was sent in a task only in the next one.
      let shown = 0
      let handed = 0
      const { client } = server.latest
      const send = client.send.bind(client)
      Object.defineProperty(client, 'bufferedAmount', { configurable: true, get: () => shown, set: () => {} })
      client.send = (data) => {
        send(data)
        handed += String(data).length
        clock.turn(() => {
          shown = handed
          clock.turn(() => {
            shown = handed = 0
          })
        })
      }
    })
    socket.connect()
    await clock.advance(1_000)
    expect(server.latest.received).toEqual(messages)
    expect(clock.timers + clock.turns).toBe(0)
  })

  it('B74 an open socket with nothing to do has no timer and no turn', async () => {
    const { clock, socket } = await openRig()
    for (const message of numbered(100)) socket.send(message)
    expect(clock.timers + clock.turns).toBe(0)
    await clock.advance(0)
    expect(clock.timers + clock.turns).toBe(0)
  })

  it('a buffer that does not empty is looked at by timers in the end, not by turns for ever', async () => {
    const { clock, socket } = await openRig({ server: manual })
    socket.send('stuck')
    await clock.advance(1_000)
    expect(clock.turns).toBe(0)
    expect(clock.timers).toBe(1)
  })

  it.each([
    [1_000, 25_000],
    [60_000, 80_000],
  ])('B128 a flush goes on at a useful rate though timers fire only every %i ms', (every, limit) => {
    const bytesPerMs = 1_000
    let network = (_: number) => {}
    const loop = throttledLoop(every, (ms) => network(ms))
    const { server, socket } = rig({
      queue: large,
      environment: { clock: loop.clock },
      server: { ...manual, clock: loop.clock },
    })
    let owed = 0
    network = (ms) => {
      owed += ms * bytesPerMs
      if (server.connections.length === 0) return
      const whole = Math.floor(owed)
      owed -= whole
      if (whole > 0) server.latest.drain(whole)
    }
    // 10 MB, 10 s of this link's time. Woken by timers alone, it would take 150 of their periods.
    const messages = Array.from({ length: 10_000 }, (_, n) => `${n}`.padEnd(1_000))
    for (const message of messages) socket.send(message)
    socket.connect()
    const took = loop.run(limit, () => server.connections[0]?.received.length === messages.length)
    expect(server.latest.received.length).toBe(messages.length)
    expect(took).toBeGreaterThan(9_000)
    expect(server.latest.received).toEqual(messages)
  })
})

describe('B75 the tail after a break', () => {
  it('B75 what the last sample covers comes back in order, nothing lost and nothing doubled', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 40 }),
        fc.array(fc.nat(120), { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        async (sizes, drains, direct) => {
          const { clock, server, socket } = rig({ highWaterMark: 100, retryDelay: () => 1, server: manual })
          const messages = sizes.map((size, n) => `${n}:`.padEnd(size, 'x'))
          const receipts: { readonly status: string }[] = []
          if (direct) {
            socket.connect()
            await clock.advance(0)
          }
          let breaks = 0
          for (const message of messages) receipts.push(socket.send(message))
          socket.connect()
          await clock.advance(0)
          for (const bytes of drains) {
            server.latest.drain(bytes)
            await clock.advance(100)
            // Three breaks with one and the same head would be poison, which has its own tests.
            if (bytes % 2 === 0 || ++breaks > 2) continue
            server.latest.die()
            await clock.advance(0)
            await clock.advance(1)
          }
          for (let round = 0; round < 100 && arrived(server).length < messages.length; round++) {
            server.latest.drain()
            await clock.advance(100)
          }
          expect(arrived(server)).toEqual(messages)
          expect(receipts.every(({ status }) => status === 'sent')).toBe(true)
          expect(socket.queue.get()).toEqual({ messages: 0, bytes: 0, unconfirmed: 0, dropped: 0 })
        },
      ),
      { numRuns: 300 },
    )
  })

  it('B75 the sample in the close event does not count: it reads 0', async () => {
    const { clock, server, socket } = await openRig({ server: manual })
    for (const message of numbered(3)) socket.send(message)
    expect(server.latest.client.bufferedAmount).toBe(27)
    server.latest.die()
    await clock.advance(0)
    expect(server.latest.client.bufferedAmount).toBe(0)
    expect(socket.queue.get().messages).toBe(3)
    await clock.advance(500)
    expect(server.latest.sent).toEqual(numbered(3))
  })

  it('B75 a close by the server counts as dying too', async () => {
    const { clock, server, socket } = await openRig({ server: manual })
    for (const message of numbered(3)) socket.send(message)
    server.latest.drain(9)
    await clock.advance(5)
    server.latest.close(1012)
    await clock.advance(500)
    server.latest.drain()
    expect(arrived(server)).toEqual(numbered(3))
  })

  it('B75 the tail goes before what waited, and before what is sent meanwhile', async () => {
    const { clock, server, socket } = await openRig({ highWaterMark: 20, server: manual })
    for (const message of numbered(6)) socket.send(message)
    server.latest.die()
    await clock.advance(0)
    socket.send('message 6')
    server.mode = 'accept'
    for (let round = 0; round < 5; round++) {
      await clock.advance(500)
      server.latest.drain()
    }
    expect(arrived(server)).toEqual(numbered(7))
  })

  it('B75 what comes back counts in the queue with all its bytes', async () => {
    const { clock, server, socket } = await openRig({ server: manual })
    socket.send('héllo')
    socket.send(new Uint8Array(10))
    server.latest.die()
    await clock.advance(0)
    expect(socket.queue.get()).toEqual({ messages: 2, bytes: 16, unconfirmed: 0, dropped: 0 })
  })

  it('B75 comes back beyond the limits where need be: it had been accepted', async () => {
    const { clock, server, socket } = await openRig({
      queue: offlineQueue({ maxMessages: 2 }),
      server: manual,
    })
    const receipts = numbered(5).map((message) => socket.send(message))
    server.latest.die()
    await clock.advance(0)
    expect(socket.queue.get().messages).toBe(5)
    expect(socket.send('one more').status).toBe('dropped')
    await clock.advance(500)
    server.latest.drain()
    expect(arrived(server)).toEqual(numbered(5))
    expect(receipts.map(({ status }) => status)).toEqual(Array(5).fill('sent'))
  })

  it('B80 a message that comes back keeps its ttl', async () => {
    const { clock, server, socket } = await openRig({ retryDelay: () => 60_000, server: manual })
    const drops = tape(socket, 'drop')
    const receipt = socket.send('soon stale', { ttl: 5_000 })
    await clock.advance(1_000)
    server.latest.die()
    await clock.advance(3_999)
    expect(receipt.status).toBe('queued')
    await clock.advance(1)
    expect(receipt.status).toBe('dropped')
    expect(drops).toMatchObject([{ error: { code: 'EXPIRED' } }])
    await clock.advance(60_000)
    expect(server.latest.sent).toEqual([])
  })

  it('B80 a message that comes back keeps the ttl of the queue', async () => {
    const { clock, server, socket } = await openRig({
      queue: offlineQueue({ ttl: 5_000 }),
      retryDelay: () => 60_000,
      server: manual,
    })
    const receipt = socket.send('soon stale')
    server.latest.die()
    await clock.advance(5_001)
    expect(receipt.status).toBe('dropped')
  })

  it('B81 a message that comes back keeps its key', async () => {
    const { clock, server, socket } = await openRig({ server: manual })
    const first = socket.send('draft 1', { key: 'draft' })
    server.latest.die()
    await clock.advance(0)
    socket.send('draft 2', { key: 'draft' })
    expect(first.status).toBe('dropped')
    await clock.advance(500)
    expect(server.latest.sent).toEqual(['draft 2'])
  })

  it('a message that comes back keeps its signal', async () => {
    const { clock, server, socket } = await openRig({ server: manual })
    const abort = new AbortController()
    const receipt = socket.send('a', { signal: abort.signal })
    server.latest.die()
    await clock.advance(0)
    abort.abort()
    expect(receipt.status).toBe('dropped')
    await clock.advance(500)
    expect(server.latest.sent).toEqual([])
  })

  it('B75 B77 nothing comes back from a transport that we abandoned: it counts as uncertain', async () => {
    const { clock, server, socket } = await openRig({
      heartbeat: heartbeat({ interval: 1_000, timeout: 500 }),
      retryDelay: () => 1,
      server: manual,
    })
    const closes = tape(socket, 'close')
    const receipts = numbered(3).map((message) => socket.send(message))
    server.latest.drain(9)
    await clock.advance(1_501)
    expect(closes).toMatchObject([{ origin: 'heartbeat', uncertain: { messages: 3, bytes: 27 } }])
    expect(receipts.map(({ status }) => status)).toEqual(['sent', 'sent', 'sent'])
    await clock.advance(100)
    expect(server.latest.sent).toEqual([])
    expect(socket.queue.get().messages).toBe(0)
  })

  it('B75 nor from reconnect(), while what never left the queue still goes out', async () => {
    const { clock, server, socket } = await openRig({ highWaterMark: 20, server: manual })
    for (const message of numbered(5)) socket.send(message)
    expect(server.latest.sent).toEqual(numbered(3))
    socket.reconnect()
    await clock.advance(0)
    expect(server.latest.sent).toEqual(numbered(2, 3))
  })

  it('B77 uncertain leaves out what comes back', async () => {
    const { clock, server, socket } = await openRig({ server: manual })
    const closes = tape(socket, 'close')
    for (const message of numbered(5)) socket.send(message)
    server.latest.drain(18)
    await clock.advance(5)
    server.latest.die()
    await clock.advance(0)
    expect(closes).toMatchObject([{ uncertain: { messages: 2, bytes: 18 } }])
  })

  it("what went before the user's close does not come back with the server's answer", async () => {
    const { clock, server, socket } = await openRig({ server: { ...manual, holdClose: true } })
    for (const message of numbered(3)) socket.send(message)
    void socket.close()
    server.latest.drain()
    server.latest.answerClose()
    await clock.advance(0)
    expect(socket.queue.get().messages).toBe(0)
    socket.connect()
    await clock.advance(0)
    expect(server.latest.sent).toEqual([])
  })
})

describe('B80 ttl and poison', () => {
  it('B80 an entry past its ttl is dropped with EXPIRED, at its time', async () => {
    const { clock, server, socket } = rig({ server: { mode: 'refuse' } })
    const drops = tape(socket, 'drop')
    socket.connect()
    const receipt = socket.send('a', { ttl: 5_000 })
    const stays = socket.send('b', { ttl: 5_001 })
    await clock.advance(4_999)
    expect(receipt.status).toBe('queued')
    await clock.advance(1)
    expect(receipt.status).toBe('dropped')
    expect(await outcome(receipt.sent)).toBe('EXPIRED')
    expect(drops).toMatchObject([{ data: 'a', error: { code: 'EXPIRED' } }])
    expect(stays.status).toBe('queued')
    await clock.advance(1)
    expect(stays.status).toBe('dropped')
    expect(server.connections.length).toBeGreaterThan(1)
  })

  it('B80 the ttl of the queue holds where the message has none', async () => {
    const { clock, socket } = rig({ queue: offlineQueue({ ttl: 100 }), server: { mode: 'ignore' } })
    socket.connect()
    const [short, long] = [socket.send('a'), socket.send('b', { ttl: 200 })]
    await clock.advance(150)
    expect([short.status, long.status]).toEqual(['dropped', 'queued'])
  })

  it('B80 while idle or closed no timer runs, and what expired meanwhile is never sent', async () => {
    const { clock, server, socket } = rig()
    const receipt = socket.send('a', { ttl: 1_000 })
    const other = socket.send('b')
    expect(clock.timers).toBe(0)
    await clock.advance(1_000)
    socket.connect()
    await clock.advance(0)
    expect(server.latest.received).toEqual(['b'])
    expect(await outcome(receipt.sent)).toBe('EXPIRED')
    expect(other.status).toBe('sent')
    expect(clock.timers).toBe(0)
  })

  it('B80 a ttl beyond 2^31−1 does not expire at once', async () => {
    const { clock, socket } = rig({ connectTimeout: Infinity, server: { mode: 'ignore' } })
    socket.connect()
    const receipt = socket.send('a', { ttl: 2 ** 31 + 10 })
    await clock.advance(2 ** 31 + 9)
    expect(receipt.status).toBe('queued')
    await clock.advance(1)
    expect(receipt.status).toBe('dropped')
  })

  it('B80 ttl: 0 is now or never, too', async () => {
    const down = rig({ server: { mode: 'ignore' } })
    down.socket.connect()
    const receipt = down.socket.send('a', { ttl: 0 })
    await down.clock.advance(1)
    expect(receipt.status).toBe('dropped')
    const up = await openRig()
    expect(up.socket.send('a', { ttl: 0 }).status).toBe('sent')
  })

  it('B80 B71 one that is found expired in the flush is told at once', async () => {
    const { clock, server, socket } = await openRig({ highWaterMark: 5, server: manual })
    socket.send('first')
    const receipt = socket.send('stale', { ttl: 1_000 })
    const drops = tape(socket, 'drop')
    expect(socket.queue.get().messages).toBe(1)
    // The machine slept: its timers still have the time that they had left.
    clock.setNow(clock.now() + 3_600_000)
    server.latest.drain()
    await clock.advance(100)
    expect(receipt.status).toBe('dropped')
    expect(drops).toMatchObject([{ error: { code: 'EXPIRED' } }])
    expect(socket.queue.get()).toEqual({ messages: 0, bytes: 0, unconfirmed: 0, dropped: 1 })
    expect(server.latest.sent).toEqual(['first'])
  })

  it('B80 the expiry timer leaves with the last entry', async () => {
    const { clock, socket } = await openRig({ highWaterMark: 5, server: { ...manual, holdClose: true } })
    socket.send('first')
    socket.send('later', { ttl: 60_000 }).cancel()
    void socket.close()
    await clock.advance(2_000)
    expect(clock.timers).toBe(0)
  })

  it('B80 a head that met three breaks in a row with no progress is dropped with POISON', async () => {
    const { clock, server, socket } = rig({ retryDelay: () => 1, server: manual })
    const receipts = ['poison', 'next'].map((message) => socket.send(message))
    const drops = tape(socket, 'drop')
    socket.connect()
    for (let round = 1; round <= 3; round++) {
      await clock.advance(1)
      expect(server.latest.sent).toEqual(['poison', 'next'])
      expect(drops).toEqual([])
      server.latest.die()
      await clock.advance(0)
    }
    expect(drops).toMatchObject([{ id: receipts[0]?.id, data: 'poison', error: { code: 'POISON' } }])
    expect(receipts.map(({ status }) => status)).toEqual(['dropped', 'queued'])
    await clock.advance(1)
    server.latest.drain()
    expect(arrived(server)).toEqual(['next'])
    expect(receipts[1]?.status).toBe('sent')
  })

  it('B80 progress in between makes three breaks harmless', async () => {
    const { clock, server, socket } = rig({ retryDelay: () => 1, server: manual })
    const messages = numbered(8)
    for (const message of messages) socket.send(message)
    socket.connect()
    for (let round = 0; round < 8; round++) {
      await clock.advance(1)
      server.latest.drain(9)
      await clock.advance(100)
      server.latest.die()
      await clock.advance(0)
    }
    expect(arrived(server)).toEqual(messages)
    expect(socket.queue.get()).toEqual({ messages: 0, bytes: 0, unconfirmed: 0, dropped: 0 })
  })

  it('B80 breaks before it was handed over, and attempts that fail, do not count', async () => {
    const { clock, server, socket } = rig({ retryDelay: () => 1, server: { ...manual, mode: 'refuse' } })
    const receipt = socket.send('patient')
    socket.connect()
    await clock.advance(20)
    expect(server.connections.length).toBeGreaterThan(5)
    server.mode = 'accept'
    for (let round = 0; round < 2; round++) {
      await clock.advance(2)
      server.latest.die()
      await clock.advance(0)
    }
    expect(receipt.status).toBe('queued')
    await clock.advance(2)
    server.latest.drain()
    expect(server.latest.received).toEqual(['patient'])
  })
})

describe('the store', () => {
  it('gives the same snapshot until something changed', async () => {
    const { clock, server, socket } = rig()
    const empty = socket.queue.get()
    expect(socket.queue.get()).toBe(empty)
    socket.connect()
    await clock.advance(0)
    socket.send('straight through')
    server.latest.send('in')
    await clock.advance(0)
    expect(socket.queue.get()).toBe(empty)
    server.latest.die()
    await clock.advance(0)
    expect(socket.queue.get()).toBe(empty)
    socket.send('waits')
    const one = socket.queue.get()
    expect(one).not.toBe(empty)
    expect(socket.queue.get()).toBe(one)
    expect(one).toEqual({ messages: 1, bytes: 5, unconfirmed: 0, dropped: 0 })
  })

  it('is the same store at each reading', () => {
    const { socket } = rig()
    expect(socket.queue).toBe(socket.queue)
    expect(socket.state).toBe(socket.state)
    expect(socket.latency).toBe(socket.latency)
  })

  it('tells of each change, after it, and not once it was unsubscribed', async () => {
    const { socket } = rig()
    const seen: number[] = []
    const off = socket.queue.subscribe(() => seen.push(socket.queue.get().messages))
    expect(seen).toEqual([])
    const receipt = socket.send('a')
    socket.send('b')
    receipt.cancel()
    socket.queue.clear()
    expect(seen).toEqual([1, 2, 1, 0])
    off()
    socket.send('c')
    expect(seen.length).toBe(4)
  })

  it('tells of a flush, and of what came back', async () => {
    const { clock, server, socket } = rig({ server: manual })
    socket.send('a')
    socket.send('b')
    const seen: number[] = []
    socket.queue.subscribe(() => seen.push(socket.queue.get().messages))
    socket.connect()
    await clock.advance(0)
    expect(seen).toEqual([0])
    server.latest.die()
    await clock.advance(0)
    expect(seen).toEqual([0, 2])
  })

  it('tells of nothing where clear() found nothing', async () => {
    const { socket } = rig()
    const before = socket.queue.get()
    let changes = 0
    socket.queue.subscribe(() => changes++)
    socket.queue.clear()
    expect(changes).toBe(0)
    expect(socket.queue.get()).toBe(before)
  })

  it('clear() drops all that waits with CLEARED, and nothing that was handed over', async () => {
    const { clock, server, socket } = await openRig({ highWaterMark: 20, server: manual })
    const receipts = numbered(5).map((message) => socket.send(message))
    const drops = tape(socket, 'drop')
    socket.queue.clear()
    expect(receipts.map(({ status }) => status)).toEqual(['sent', 'sent', 'sent', 'dropped', 'dropped'])
    expect(drops.map(({ error }) => error.code)).toEqual(['CLEARED', 'CLEARED'])
    expect(await outcome(receipts[4]?.sent as Promise<void>)).toBe('CLEARED')
    server.latest.drain()
    await clock.advance(100)
    expect(server.latest.received).toEqual(numbered(3))
    expect(clock.timers).toBe(0)
  })

  it('a send in a drop listener waits like any other', async () => {
    const { clock, server, socket } = rig({ queue: offlineQueue({ maxMessages: 2 }) })
    let again = true
    socket.on('drop', () => {
      if (!again) return
      again = false
      socket.queue.clear()
      socket.send('instead')
    })
    socket.send('a')
    socket.send('b')
    socket.send('c')
    socket.connect()
    await clock.advance(0)
    expect(server.latest.received).toEqual(['instead'])
    expect(socket.queue.get()).toEqual({ messages: 0, bytes: 0, unconfirmed: 0, dropped: 3 })
  })
})

describe('drained()', () => {
  it('resolves at once where nothing waits', async () => {
    const { socket } = rig()
    expect(await outcome(socket.queue.drained())).toBe('resolved')
  })

  it('resolves when nothing waits and the buffer is empty', async () => {
    const { clock, server, socket } = await openRig({ highWaterMark: 20, server: manual })
    for (const message of numbered(5)) socket.send(message)
    const drained = socket.queue.drained()
    server.latest.drain()
    await clock.advance(100)
    expect(socket.queue.get().messages).toBe(0)
    expect(await outcome(drained)).toBe('pending')
    server.latest.drain()
    await clock.advance(100)
    expect(await outcome(drained)).toBe('resolved')
    expect(await outcome(socket.queue.drained())).toBe('resolved')
  })

  it('waits through a break', async () => {
    const { clock, server, socket } = await openRig({ server: manual })
    socket.send('a')
    const drained = socket.queue.drained()
    server.latest.die()
    await clock.advance(500)
    expect(await outcome(drained)).toBe('pending')
    server.latest.drain()
    await clock.advance(100)
    expect(await outcome(drained)).toBe('resolved')
  })

  it('resolves when what waits was dropped, in whatever way', async () => {
    const { clock, socket } = rig({ server: { mode: 'ignore' }, connectTimeout: Infinity })
    socket.connect()
    for (const drop of ['clear', 'cancel', 'ttl'] as const) {
      const receipt = socket.send('a', { ttl: 1_000 })
      const drained = socket.queue.drained()
      if (drop === 'clear') socket.queue.clear()
      if (drop === 'cancel') receipt.cancel()
      if (drop === 'ttl') await clock.advance(1_001)
      expect(await outcome(drained), drop).toBe('resolved')
    }
  })

  it('rejects with CLOSED when the socket ends for good, now or before', async () => {
    const { clock, socket } = rig({ server: { mode: 'refuse' }, retries: 0 })
    socket.send('a')
    const drained = socket.queue.drained()
    expect(await outcome(drained)).toBe('pending')
    socket.connect()
    await clock.advance(0)
    expect(await outcome(drained)).toBe('CLOSED')
    expect(await outcome(socket.queue.drained())).toBe('CLOSED')
    socket.queue.clear()
    expect(await outcome(socket.queue.drained())).toBe('resolved')
  })

  it('is nobody’s unhandled rejection', async () => {
    const { socket } = rig()
    socket.send('a')
    void socket.queue.drained()
    await socket.close()
    void socket.queue.drained()
  })

  it('paces a sender that waits for it', async () => {
    const { clock, server, socket } = await openRig({ highWaterMark: 50, server: manual })
    let sent = 0
    void (async () => {
      for (; sent < 20; sent++) {
        await socket.queue.drained()
        socket.send(`message ${sent}`)
      }
    })()
    for (let round = 0; round < 20; round++) {
      await clock.advance(100)
      expect(server.latest.client.bufferedAmount).toBeLessThanOrEqual(10)
      server.latest.drain()
    }
    expect(server.latest.received).toEqual(numbered(20))
  })
})

it('B79 nothing accepted is ever unaccounted for: waiting, sent or told as dropped, and all settles in the end', async () => {
  const acts = [
    'drain',
    'die',
    'close',
    'drain and close',
    'connect',
    'reconnect',
    'refuse',
    'accept',
  ] as const
  const step = fc.oneof(
    fc.record({
      do: fc.constant('send' as const),
      size: fc.nat(40),
      ttl: fc.constantFrom(undefined, 50, 500),
      key: fc.constantFrom(undefined, undefined, 'k'),
      queue: fc.constantFrom(undefined, undefined, false),
    }),
    fc.record({ do: fc.constantFrom(...acts, 'wait', 'abort', 'cancel', 'clear'), by: fc.nat(100) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { clock, server, socket } = rig({
        queue: offlineQueue({ maxMessages: 6, maxBytes: 150 }),
        highWaterMark: 60,
        retryDelay: () => 20,
        server: manual,
      })
      const told = record(socket, ['drop'])
      const receipts: ReturnType<typeof socket.send>[] = []
      const promises: Promise<unknown>[] = []
      let abort = new AbortController()
      for (const one of steps) {
        const latest = server.connections.at(-1)
        if (one.do === 'send') {
          const { size, do: _, ...options } = one
          receipts.push(socket.send('x'.repeat(size), { ...options, signal: abort.signal } as object))
          if (size % 2) promises.push(socket.queue.drained())
        } else if (one.do === 'drain') latest?.drain(one.by)
        else if (one.do === 'die') latest?.die()
        else if (one.do === 'close') promises.push(socket.close())
        else if (one.do === 'drain and close') promises.push(socket.close(1000, '', { drain: one.by }))
        else if (one.do === 'connect') socket.connect()
        else if (one.do === 'reconnect') socket.reconnect()
        else if (one.do === 'refuse' || one.do === 'accept') server.mode = one.do
        else if (one.do === 'cancel') receipts.at(-1 - one.by)?.cancel()
        else if (one.do === 'clear') socket.queue.clear()
        else if (one.do === 'abort') {
          abort.abort()
          abort = new AbortController()
        }
        await clock.advance(one.do === 'wait' ? one.by : 0)
        const { messages, dropped } = socket.queue.get()
        const by = (status: string) => receipts.filter((receipt) => receipt.status === status).length
        expect(by('queued')).toBe(messages)
        expect(by('dropped')).toBe(dropped)
        expect(told.length).toBe(dropped)
        expect(by('queued') + by('dropped') + by('sent')).toBe(receipts.length)
      }
      promises.push(socket[Symbol.asyncDispose](), ...receipts.map(({ sent }) => sent))
      await clock.advance(5_000)
      expect(await Promise.all(promises.map(outcome))).not.toContain('pending')
      expect(receipts.map(({ status }) => status)).not.toContain('queued')
      expect(socket.queue.get()).toMatchObject({ messages: 0, bytes: 0 })
      expect(clock.timers).toBe(0)
    }),
    { numRuns: 300 },
  )
})

describe('the buffer of a transport that has closed', () => {
  /** What has left when the connection breaks, since anybody looked. */
  const broken = async (bufferOutlivesClose: boolean | undefined) => {
    const { socket, server, clock } = await openRig({
      server: { buffered: 'manual' },
      retryDelay: () => 1,
      ...(bufferOutlivesClose !== undefined && { environment: { bufferOutlivesClose } }),
    })
    socket.send('a')
    socket.send('b')
    const first = server.latest
    const transport = socket.transport as WebSocketLike
    // Nobody looks between this and the end.
    first.drain(1)
    transport.onclose?.({ code: 1006, reason: '', wasClean: false })
    await clock.advance(10)
    return [first.received, server.latest.sent]
  }

  it('B75 is looked at where it can be, so that what left since the last look does not come twice', async () => {
    expect(await broken(true)).toEqual([['a'], ['b']])
  })

  it('B75 counts as it was last seen where it cannot: with a class that was given', async () => {
    expect(await broken(undefined)).toEqual([['a'], ['a', 'b']])
  })
})
