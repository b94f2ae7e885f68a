// Every message accounted for: random use of the public socket, on a manual clock, with a server that stalls and dies.
import { getEventListeners } from 'node:events'
import fc from 'fast-check'
import { describe, it } from 'vitest'
import {
  type CloseInfo,
  createSocket,
  offlineQueue,
  type Receipt,
  type Socket,
  type SocketError,
} from '../../../src'
import { type ManualClock, type MemoryServer, manualClock, memoryServer } from '../../../src/testing'
import { check, counter, patience, sequence } from './generated'

// ---------------------------------------------------------------- what is generated

const operation = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      type: fc.constant('send' as const),
      pad: fc.nat(12),
      ttl: fc.constantFrom(undefined, undefined, undefined, 0, 60, 2_000),
      key: fc.constantFrom(undefined, undefined, undefined, 'a', 'b'),
      queue: fc.constantFrom(undefined, undefined, undefined, undefined, false),
      signal: fc.constantFrom(false, false, false, true),
      // Read before its outcome, or not until the end: the promise is made on first reading.
      reads: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constantFrom('drain' as const, 'drain' as const, 'heal' as const),
      bytes: fc.constantFrom(1, 7, 20, 1e6),
      looks: fc.constantFrom(true, true, false),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('advance' as const),
      ms: fc.constantFrom(0, 1, 30, 60, 500, 2_000, 6_000),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constantFrom('connect' as const, 'connect' as const, 'reconnect' as const, 'stall' as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constantFrom('cancel' as const, 'abort' as const), pick: fc.nat() }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('break' as const),
      by: fc.constantFrom('die' as const, 'die' as const, 1012, 1013, 1000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('close' as const),
      drain: fc.constantFrom(undefined, 0, 300, 300),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('serve' as const),
      mode: fc.constantFrom('accept' as const, 'accept' as const, 'refuse' as const, 'ignore' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('clear' as const), really: fc.nat(2) }) },
)
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never

const settings = fc.record({
  buffered: fc.constantFrom('manual' as const, 'drains-at-once' as const),
  terminable: fc.boolean(),
  holdClose: fc.boolean(),
  waterMarks: fc.constantFrom([1, 0] as const, [20, 0] as const, [20, 10] as const, [65_536, 0] as const),
  maxMessages: fc.constantFrom(2, 5, 1_000),
  maxBytes: fc.constantFrom(40, 1_000_000),
  overflow: fc.constantFrom('drop-newest' as const, 'drop-oldest' as const),
  ttl: fc.constantFrom(Infinity, 1_000),
  retries: fc.constantFrom(Infinity, 2),
  connects: fc.constantFrom(true, true, true, false),
})
type Settings = typeof settings extends fc.Arbitrary<infer T> ? T : never

// ---------------------------------------------------------------- one run

/** What we know of a message. */
interface Account {
  readonly receipt: Receipt
  readonly text: string
  /** What decides about its order: its turn to be sent, or that of the message which it replaced. */
  readonly place: number
  readonly expiresAt: number
  readonly signal: AbortSignal | undefined
  drop?: SocketError
}

/** A message that was handed to a transport. */
interface Handed {
  readonly text: string
  readonly at: number
}

class Run {
  readonly clock: ManualClock = manualClock(1_000_000)
  readonly server: MemoryServer
  readonly socket: Socket<unknown, string | ArrayBuffer | ArrayBufferView | Blob>
  readonly #settings: Settings
  readonly #accounts = new Map<string, Account>()
  readonly #aborts: AbortController[] = []
  /** What each connection was handed, in order. */
  readonly #handed: Handed[][] = []
  readonly #drops: { id: string; error: SocketError }[] = []
  /** Found in callbacks, where a throw would be caught. */
  readonly #faults: string[] = []
  #dropped: string[] = []
  /** What arrived, from the buffer, since the socket last looked at it. */
  readonly #unseen = new Set<string>()
  /** … and before its connection broke. */
  readonly #mayDouble = new Set<string>()
  #closes = 0
  #places = 0
  #sequence = 0

  constructor(given: Settings) {
    this.#settings = given
    const { buffered, terminable, holdClose, maxMessages, maxBytes, overflow, ttl, retries } = given
    const [highWaterMark, lowWaterMark] = given.waterMarks
    const { clock } = this
    this.server = memoryServer({ clock, buffered, terminable, holdClose })
    const noteHanded = (index: number, text: string, room: number) => this.#noteHanded(index, text, room)
    const { server } = this
    class WebSocket extends server.WebSocket {
      readonly index = server.connections.length - 1
      override send(data: string): void {
        noteHanded(this.index, data, highWaterMark - this.bufferedAmount)
        super.send(data)
      }
    }
    this.socket = createSocket(server.url, {
      highWaterMark,
      lowWaterMark,
      retries,
      queue: offlineQueue({ maxMessages, maxBytes, overflow, ttl }),
      retryDelay: () => 50,
      shouldRetry: ({ code }) => code !== 1000,
      minUptime: 1_000,
      closeTimeout: 400,
      environment: {
        clock,
        WebSocket,
        random: () => 0.5,
        reportError: (error) => this.#faults.push(String(error)),
      },
    })
    this.socket.on('drop', ({ id, error }) => {
      this.#drops.push({ id, error })
      this.#dropped.push(id)
    })
    this.socket.on('close', (close) => this.#noteClose(close))
  }

  async step(operation: Operation): Promise<void> {
    const { clock, server, socket } = this
    const connection = server.connections.at(-1)
    this.#dropped = []
    switch (operation.type) {
      case 'send':
        this.#send(operation)
        break
      case 'connect':
      case 'reconnect':
        socket[operation.type]()
        break
      case 'close':
        void socket.close(1000, '', operation.drain === undefined ? {} : { drain: operation.drain })
        break
      case 'clear':
        if (!operation.really) socket.queue.clear()
        break
      case 'cancel': {
        const account = this.#pick(operation.pick)
        if (!account) break
        const waited = account.receipt.status === 'queued'
        check(account.receipt.cancel() === waited, 'cancel() says whether it waited')
        if (waited) check(this.#drops.at(-1)?.error.code === 'CANCELLED', 'it is told why')
        break
      }
      case 'abort':
        this.#aborts[operation.pick % Math.max(1, this.#aborts.length)]?.abort(new Error('aborted'))
        break
      case 'break':
        if (operation.by === 'die') connection?.die()
        else connection?.close(operation.by)
        await clock.advance(0)
        break
      case 'stall':
        connection?.stall()
        break
      case 'heal':
      case 'drain': {
        const before = new Set(this.#arrived())
        if (operation.type === 'heal') connection?.heal()
        else connection?.drain(operation.bytes)
        for (const text of this.#arrived()) if (!before.has(text)) this.#unseen.add(text)
        if (operation.looks) await this.#look()
        break
      }
      case 'serve':
        server.mode = operation.mode
        break
      case 'advance':
        await clock.advance(operation.ms)
        break
      default:
        operation satisfies never
    }
    await clock.advance(0)
    this.#balance()
  }

  #send({ pad, ttl, key, queue, signal, reads }: Extract<Operation, { type: 'send' }>) {
    const text = `${++this.#sequence}:${'x'.repeat(pad)}`
    const abort = signal ? new AbortController() : undefined
    if (abort) this.#aborts.push(abort)
    const lasts = ttl ?? this.#settings.ttl
    const receipt = this.socket.send(text, {
      ...(ttl !== undefined && { ttl }),
      ...(key !== undefined && { key }),
      ...(queue !== undefined && { queue }),
      ...(abort && { signal: abort.signal }),
    })
    if (reads) receipt.sent.catch(() => {})
    const replaced = this.#drops.find(
      ({ id, error }) => this.#dropped.includes(id) && error.code === 'REPLACED',
    )
    this.#accounts.set(receipt.id, {
      receipt,
      text,
      place: replaced ? this.#find(replaced.id).place : ++this.#places,
      expiresAt: this.clock.now() + lasts,
      signal: abort?.signal,
    })
    check(receipt.status !== 'queued' || queue !== false, 'now or never')
  }

  // -------------------------------------------------------------- what is noted on the way

  #noteHanded(index: number, text: string, room: number) {
    // To hand something over is to look at the buffer.
    this.#unseen.clear()
    const fault = (what: string) => this.#faults.push(`${text} was handed to connection ${index}: ${what}`)
    this.#handed[index] ??= []
    this.#handed[index].push({ text, at: this.clock.now() })
    if (index !== this.server.connections.length - 1) fault('not the newest one')
    if (room <= 0) fault('beyond the high-water mark')
    const account = [...this.#accounts.values()].find((one) => one.text === text)
    if (account && account.receipt.status !== 'queued') fault(`it was ${account.receipt.status}`)
    if (account && this.clock.now() >= account.expiresAt) fault('it had expired')
    if (account?.signal?.aborted) fault('its signal was aborted')
  }

  /** B77: what an ended connection was handed went back to the queue, or is uncertain. */
  #noteClose({ uncertain }: CloseInfo) {
    // What left the buffer with nobody looking is not known to have left.
    for (const text of this.#unseen) this.#mayDouble.add(text)
    // Each attempt makes one transport and ends with one close (B27), so they have the same numbers.
    const handed = this.#handed[this.#closes++] ?? []
    const back = handed.filter(({ text }) =>
      [...this.#accounts.values()].some((one) => one.text === text && one.receipt.status !== 'sent'),
    )
    if (uncertain.messages !== handed.length - back.length) {
      this.#faults.push(
        `of ${handed.length} handed over ${back.length} came back, ${uncertain.messages} are uncertain`,
      )
    }
  }

  // -------------------------------------------------------------- the accounts

  /** A look at the buffer comes within 64 ms. */
  async #look() {
    await this.clock.advance(70)
    this.#unseen.clear()
  }

  #arrived = () => this.server.connections.flatMap(({ received }) => received as string[])

  #pick = (n: number) => [...this.#accounts.values()][n % Math.max(1, this.#accounts.size)]

  #find(id: string): Account {
    const account = this.#accounts.get(id)
    check(account !== undefined, `message ${id} is known`)
    return account
  }

  /** What must hold at any time. */
  #balance() {
    const { clock, server, socket } = this
    for (const { id, error } of this.#drops.splice(0)) {
      const account = this.#find(id)
      check(account.drop === undefined, `${id} is dropped once`)
      account.drop = error
    }
    const accounts = [...this.#accounts.values()]
    const waiting = accounts.filter(({ receipt }) => receipt.status === 'queued')
    const queue = socket.queue.get()
    for (const { receipt, drop } of accounts) {
      check(
        (receipt.status === 'dropped') === (drop !== undefined),
        `${receipt.id} is ${receipt.status}, drop: ${drop?.code}`,
      )
    }
    check(
      queue.messages === waiting.length,
      () => `the store says ${queue.messages} messages, ${waiting.length} wait`,
    )
    const bytes = waiting.reduce((sum, { text }) => sum + text.length, 0)
    check(queue.bytes === bytes, () => `the store says ${queue.bytes} bytes, ${bytes} wait`)
    const dropped = accounts.filter(({ drop }) => drop).length
    check(
      queue.dropped === dropped,
      () => `the store says ${queue.dropped} dropped, it was told of ${dropped}`,
    )

    const { status } = socket.state.get()
    if (status === 'idle' || status === 'closed') check(clock.timers === 0, `no timer while ${status}`)
    const attached = server.connections.filter(
      ({ client }) => client.onmessage ?? client.onclose ?? client.onopen,
    )
    check(attached.length <= 1, 'one transport')
    this.#order(waiting, status === 'open')
    const arrived = this.#arrived().filter((text) => !this.#mayDouble.has(text))
    check(new Set(arrived).size === arrived.length, () => `arrived twice: ${arrived}`)
    check(this.#faults.length === 0, () => this.#faults.join('; '))
  }

  /** First in, first out: on each connection, and nothing waits that should have gone before what went. */
  #order(waiting: readonly Account[], isOpen: boolean) {
    const places = new Map([...this.#accounts.values()].map(({ text, place }) => [text, place]))
    let last = 0
    for (const { text } of this.#handed.at(-1) ?? []) {
      const place = places.get(text) ?? 0
      check(place > last, () => `out of order: ${this.#handed.at(-1)?.map((one) => one.text)}`)
      last = place
    }
    if (isOpen)
      check(
        waiting.every(({ place }) => place > last),
        () => `${waiting.map(({ text }) => text)} wait behind ${last}`,
      )
  }

  /** Closes, lets everything settle, and draws up the final account. */
  async end(): Promise<void> {
    const { clock, server, socket } = this
    const closed = socket.close()
    for (const connection of server.connections) connection.heal()
    await clock.advance(5_000)
    await closed
    check(socket.state.get().status === 'closed', 'closed at last')
    this.#balance()
    check(clock.turns === 0, 'no turn waits')
    check(
      this.#closes === server.connections.length,
      () => `${this.#closes} closes of ${server.connections.length} attempts`,
    )
    const attached = server.connections.filter(
      ({ client }) => client.onopen || client.onmessage || client.onclose,
    )
    check(attached.length === 0, 'nothing is attached')
    socket.queue.clear()
    await clock.advance(0)
    this.#balance()
    for (const { receipt, drop, signal } of this.#accounts.values()) {
      const outcome = await Promise.race([
        receipt.sent.then(
          () => 'sent',
          (error) => error,
        ),
        clock.advance(0).then(() => 'pending'),
      ])
      // One that went, came back and was dropped then may have resolved before.
      if (drop)
        check(
          outcome === drop || outcome === 'sent',
          () => `${receipt.id} settles as ${drop.code}: ${outcome}`,
        )
      else check(outcome === 'sent', () => `${receipt.id} is ${receipt.status}: ${outcome}`)
      if (signal) check(getEventListeners(signal, 'abort').length === 0, 'nothing is attached to a signal')
    }
    check(socket.queue.get().messages === 0, 'nothing is left')
  }
}

describe('messages, whatever happens', () => {
  const count = counter('accounts')

  it('B34 B71 B73 B75 B77 B79 B82 are waiting, sent or reported dropped; in order; and nothing is left behind', {
    timeout: patience,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(settings, sequence(operation, 50), async (given, operations) => {
        const run = new Run(given)
        if (given.connects) await run.step({ type: 'connect' })
        for (const one of operations) {
          count.events++
          await run.step(one)
        }
        await run.end()
      }),
      { numRuns: 600 },
    )
  })

  count.atLeast(5_000)
})
