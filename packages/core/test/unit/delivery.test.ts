// What the way out promises beyond its parts: through the public socket, on a clock and a server that the test moves.
import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { createSocket, json, offlineQueue, type Receipt, type SocketOptions } from '../../src'
import { type MemoryServerOptions, manualClock, memoryServer } from '../../src/testing'
import { thrown } from './support'

function setUp(options: SocketOptions<any> = {}, behaviour: MemoryServerOptions = {}) {
  const clock = manualClock(1_000_000)
  const server = memoryServer({ clock, ...behaviour })
  const errors: unknown[] = []
  const drops: string[] = []
  const socket = createSocket<any>(server.url, {
    retryDelay: () => 1_000,
    environment: { clock, WebSocket: server.WebSocket, reportError: (error) => errors.push(error) },
    ...options,
  })
  socket.on('drop', ({ data, error }) => drops.push(`${data} ${error.code}`))
  const t = {
    clock,
    server,
    socket,
    errors,
    drops,
    async open() {
      socket.connect()
      await clock.advance(0)
      expect(socket.state.get().status).toBe('open')
    },
    /** The connection dies; the next one is open again 1 000 ms later. */
    async die() {
      server.latest.die()
      await clock.advance(0)
      expect(socket.state.get().status).toBe('waiting')
    },
    /** All that ever arrived, on any connection. */
    arrived: () => server.connections.flatMap(({ received }) => received),
  }
  return t
}

const manual = { buffered: 'manual' } as const
const status = ({ status }: Receipt) => status

describe('a message that was still in the buffer when the connection died', () => {
  it('B75 waits again, goes first, and arrives once', async () => {
    const t = setUp({}, manual)
    await t.open()
    const receipts = ['a', 'b', 'c'].map((text) => t.socket.send(text))
    t.server.latest.drain(1)
    await t.clock.advance(100)
    await t.die()
    expect(receipts.map(status)).toEqual(['sent', 'queued', 'queued'])
    t.socket.send('d')
    await t.clock.advance(1_000)
    t.server.latest.drain()
    expect(t.arrived()).toEqual(['a', 'b', 'c', 'd'])
  })

  it('B72 is counted with its bytes while it waits', async () => {
    const t = setUp({}, manual)
    await t.open()
    t.socket.send('four')
    await t.die()
    expect(t.socket.queue.get()).toMatchObject({ messages: 1, bytes: 4 })
  })

  it('is no longer counted once it went out again', async () => {
    const t = setUp({}, manual)
    await t.open()
    t.socket.send('four')
    await t.die()
    expect(t.socket.queue.get().messages).toBe(1)
    await t.clock.advance(1_000)
    expect(t.socket.queue.get()).toMatchObject({ messages: 0, bytes: 0 })
  })

  it('B80 expires by its ttl, as it was given', async () => {
    const t = setUp({ retryDelay: () => 10_000 }, manual)
    await t.open()
    const receipt = t.socket.send('stale', { ttl: 5_000 })
    await t.die()
    await t.clock.advance(10_000)
    t.server.latest.drain()
    expect(t.arrived()).toEqual([])
    expect([receipt.status, t.drops]).toEqual(['dropped', ['stale EXPIRED']])
  })

  it("B80 expires by the queue's ttl", async () => {
    const t = setUp({ retryDelay: () => 10_000, queue: offlineQueue({ ttl: 5_000 }) }, manual)
    await t.open()
    t.socket.send('stale')
    await t.die()
    await t.clock.advance(10_000)
    t.server.latest.drain()
    expect(t.arrived()).toEqual([])
  })

  it('B81 is replaced by a newer one with its key', async () => {
    const t = setUp({}, manual)
    await t.open()
    t.socket.send('older', { key: 'draft' })
    await t.die()
    t.socket.send('newer', { key: 'draft' })
    await t.clock.advance(1_000)
    t.server.latest.drain()
    expect(t.arrived()).toEqual(['newer'])
    expect(t.drops).toEqual(['older REPLACED'])
  })

  it('is dropped with ABORTED by its signal', async () => {
    const t = setUp({}, manual)
    await t.open()
    const abort = new AbortController()
    t.socket.send('unwanted', { signal: abort.signal })
    await t.die()
    abort.abort()
    await t.clock.advance(1_000)
    t.server.latest.drain()
    expect(t.arrived()).toEqual([])
    expect(t.drops).toEqual(['unwanted ABORTED'])
  })

  it('is dropped with ABORTED by its signal also where it had waited before', async () => {
    const t = setUp({}, manual)
    const abort = new AbortController()
    t.socket.send('unwanted', { signal: abort.signal })
    await t.open()
    await t.clock.advance(0)
    await t.die()
    abort.abort()
    await t.clock.advance(1_000)
    t.server.latest.drain()
    expect(t.arrived()).toEqual([])
  })

  it('B75 is not sent twice where the buffer was seen empty by the send after it', async () => {
    const t = setUp()
    await t.open()
    t.server.latest.stall()
    t.socket.send('a')
    // By now the looks at the buffer come by timers, some milliseconds apart.
    await t.clock.advance(20)
    t.server.latest.heal()
    t.socket.send('b')
    expect(t.arrived()).toEqual(['a', 'b'])
    t.server.latest.die()
    await t.clock.advance(5_000)
    expect(t.arrived()).toEqual(['a', 'b'])
  })

  it('B82 is not sent later where it was now or never', async () => {
    const t = setUp({}, manual)
    await t.open()
    const receipt = t.socket.send('now', { queue: false })
    expect(receipt.status).toBe('sent')
    await t.die()
    await t.clock.advance(1_000)
    t.server.latest.drain()
    expect(t.arrived()).toEqual([])
  })

  it('B77 is either uncertain or waits again, where the connection dies after our goodbye', async () => {
    const t = setUp({}, manual)
    await t.open()
    t.socket.send('four')
    const closed = t.socket.close()
    t.server.latest.die()
    await t.clock.advance(5_000)
    await closed
    const { cause } = t.socket.state.get() as { cause: { uncertain: { messages: number } } }
    expect(t.arrived()).toEqual([])
    expect(cause.uncertain.messages + t.socket.queue.get().messages).toBe(1)
  })
})

describe('at the limit', () => {
  it('B80 what expired while nothing ran takes no room from what comes', () => {
    const t = setUp({ queue: offlineQueue({ maxMessages: 1, ttl: 1_000 }) })
    t.socket.send('stale')
    t.clock.advanceSync(5_000)
    const fresh = t.socket.send('fresh')
    expect([fresh.status, t.drops]).toEqual(['queued', ['stale EXPIRED']])
  })

  it('B72 tells the receipt, the drop event and the counter', async () => {
    const t = setUp({ queue: offlineQueue({ maxMessages: 1 }) })
    const [kept, refused] = [t.socket.send('a'), t.socket.send('b')]
    await expect(refused.sent).rejects.toThrow(thrown('QUEUE_FULL'))
    expect([kept.status, refused.status, t.drops]).toEqual(['queued', 'dropped', ['b QUEUE_FULL']])
    expect(t.socket.queue.get()).toEqual({ messages: 1, bytes: 1, unconfirmed: 0, dropped: 1 })
  })

  it('B82 queue: false goes out at once or not at all, past the high-water mark too', async () => {
    const t = setUp({ highWaterMark: 3 }, manual)
    expect(t.socket.send('down', { queue: false }).status).toBe('dropped')
    await t.open()
    expect(t.socket.send('abc', { queue: false }).status).toBe('sent')
    expect(t.socket.send('d', { queue: false }).status).toBe('dropped')
    expect(t.drops).toEqual(['down NOT_OPEN', 'd QUEUE_FULL'])
  })
})

describe('the flush', () => {
  it('B74 yields to the event loop where bufferedAmount stays 0, and ends', async () => {
    const t = setUp({ highWaterMark: 20 })
    const texts = Array.from({ length: 10 }, (_, n) => `${n}`.padEnd(10, '.'))
    for (const text of texts) t.socket.send(text)
    t.socket.connect()
    const perTurn: number[] = []
    let arrived = 0
    while (arrived < 10 && perTurn.length < 50) {
      await Promise.resolve()
      t.clock.runTurns()
      perTurn.push(t.arrived().length - arrived)
      arrived = t.arrived().length
    }
    expect(Math.max(...perTurn)).toBe(2)
    expect(t.arrived()).toEqual(texts)
  })

  it('B73 never fills the buffer beyond the high-water mark and one message, and goes on at the low one', async () => {
    const t = setUp({ highWaterMark: 25, lowWaterMark: 10 }, manual)
    for (let n = 0; n < 10; n++) t.socket.send(`${n}`.padEnd(10, '.'))
    await t.open()
    await t.clock.advance(100)
    const { latest } = t.server
    expect(latest.client.bufferedAmount).toBe(30)
    latest.drain(19)
    await t.clock.advance(100)
    expect(latest.client.bufferedAmount).toBe(11)
    latest.drain(1)
    await t.clock.advance(100)
    expect(latest.client.bufferedAmount).toBe(30)
    // A new message goes behind those that wait.
    t.socket.send('last')
    for (let n = 0; n < 20; n++) {
      latest.drain()
      await t.clock.advance(100)
    }
    expect(t.arrived()).toEqual([...Array.from({ length: 10 }, (_, n) => `${n}`.padEnd(10, '.')), 'last'])
  })

  it('B129 send() inside an open listener goes behind what waits', async () => {
    const t = setUp({ highWaterMark: 20 })
    for (const text of ['a', 'b']) t.socket.send(text)
    t.socket.on('open', () => t.socket.send('c'))
    await t.open()
    t.socket.send('d')
    expect(t.arrived()).toEqual(['a', 'b', 'c', 'd'])
  })

  it('B76 a native send that throws leaves the message at the head, and is tried again', async () => {
    const t = setUp()
    await t.open()
    const { client } = t.server.latest
    const send = client.send.bind(client)
    let throws = 1
    client.send = (data) => {
      if (throws-- > 0) throw new Error('not now')
      send(data)
    }
    const receipts = ['a', 'b'].map((text) => t.socket.send(text))
    expect(receipts.map(status)).toEqual(['queued', 'queued'])
    await t.clock.advance(200)
    expect(t.arrived()).toEqual(['a', 'b'])
  })
})

describe('what expired', () => {
  it('B80 B71 is told at once where the flush meets it first', async () => {
    const t = setUp({ highWaterMark: 1 }, manual)
    await t.open()
    t.socket.send('a')
    const receipt = t.socket.send('b', { ttl: 0 })
    t.server.latest.drain()
    // The look at the buffer comes with the next turn, the sweep of what expired with its timer.
    t.clock.runTurns()
    expect([receipt.status, t.drops]).toEqual(['dropped', ['b EXPIRED']])
    expect(t.socket.queue.get()).toEqual({ messages: 0, bytes: 0, unconfirmed: 0, dropped: 1 })
  })
})

describe('drained()', () => {
  it.each<[string, (t: ReturnType<typeof setUp>, receipt: Receipt) => unknown]>([
    ['cancel()', (_, receipt) => receipt.cancel()],
    ['clear()', (t) => t.socket.queue.clear()],
    ['the ttl', (t) => t.clock.advance(5_000)],
  ])('B79 resolves when what waited was taken away by %s', async (_, takeAway) => {
    const t = setUp({}, { mode: 'refuse' })
    t.socket.connect()
    await t.clock.advance(0)
    const receipt = t.socket.send('x', { ttl: 5_000 })
    const drained = t.socket.queue.drained().then(() => 'drained')
    await takeAway(t, receipt)
    await t.clock.advance(0)
    expect(t.socket.queue.get().messages).toBe(0)
    expect(await Promise.race([drained, t.clock.advance(0).then(() => 'pending')])).toBe('drained')
  })

  it('resolves when all went out and the buffer is empty, not before', async () => {
    const t = setUp({}, manual)
    await t.open()
    t.socket.send('abc')
    let drained = false
    void t.socket.queue.drained().then(() => {
      drained = true
    })
    await t.clock.advance(500)
    expect(drained).toBe(false)
    t.server.latest.drain()
    await t.clock.advance(100)
    expect(drained).toBe(true)
  })
})

describe('what is taken back', () => {
  it('leaves nothing attached to a signal, whatever became of the message', async () => {
    const t = setUp({ queue: offlineQueue({ maxMessages: 5 }) })
    const signals = Array.from({ length: 6 }, () => new AbortController())
    const [sent, cancelled, aborted, expired, replaced, refused] = signals.map(({ signal }, n) =>
      t.socket.send(`${n}`, { signal, ...(n === 3 && { ttl: 10 }), ...(n === 4 && { key: 'k' }) }),
    ) as Receipt[]
    t.socket.send('newer', { key: 'k' })
    cancelled?.cancel()
    signals[2]?.abort()
    t.clock.advanceSync(10)
    await t.open()
    expect([sent, cancelled, aborted, expired, replaced, refused].map((receipt) => receipt?.status)).toEqual([
      'sent',
      'dropped',
      'dropped',
      'dropped',
      'dropped',
      'dropped',
    ])
    expect(t.drops.map((drop) => drop.split(' ')[1]).sort()).toEqual([
      'ABORTED',
      'CANCELLED',
      'EXPIRED',
      'QUEUE_FULL',
      'REPLACED',
    ])
    expect(signals.map(({ signal }) => getEventListeners(signal, 'abort').length)).toEqual([0, 0, 0, 0, 0, 0])
  })

  it('an aborted signal drops at once', async () => {
    const t = setUp()
    await expect(t.socket.send('x', { signal: AbortSignal.abort() }).sent).rejects.toThrow(thrown('ABORTED'))
    expect(t.drops).toEqual(['x ABORTED'])
  })
})

describe('messages that cannot be encoded', () => {
  it.each([[undefined], [1n], [() => {}]])(
    'drop with ENCODE and leave the connection alone: %s',
    async (message) => {
      const t = setUp({ codec: json() })
      await t.open()
      const receipt = t.socket.send(message)
      await expect(receipt.sent).rejects.toThrow(thrown('ENCODE'))
      expect(t.socket.state.get().status).toBe('open')
      t.socket.send('fine')
      expect(t.arrived()).toEqual(['"fine"'])
    },
  )
})

it('the store of the queue gives the same snapshot until something changed, and tells of each change', async () => {
  const t = setUp()
  const snapshots = [t.socket.queue.get()]
  t.socket.queue.subscribe(() => snapshots.push(t.socket.queue.get()))
  expect(t.socket.queue.get()).toBe(snapshots[0])
  t.socket.send('ab')
  t.socket.send('')
  await t.open()
  expect(snapshots.map(({ messages, bytes }) => [messages, bytes])).toEqual([
    [0, 0],
    [1, 2],
    [2, 2],
    [0, 0],
  ])
  expect(t.socket.queue.get()).toBe(snapshots.at(-1))
})

it('an empty message that waited is no longer counted once it went', async () => {
  const t = setUp()
  t.socket.send('')
  expect(t.socket.queue.get().messages).toBe(1)
  await t.open()
  expect(t.arrived()).toEqual([''])
  expect(t.socket.queue.get().messages).toBe(0)
})
