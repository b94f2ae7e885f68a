// Every confirmed message accounted for: random use of a socket with acks or pongs, against a server that books what it gets
// and drops doubles by their ids.
import { getEventListeners } from 'node:events'
import fc from 'fast-check'
import { describe, it } from 'vitest'
import {
  acks,
  type Codec,
  createSocket,
  heartbeat,
  json,
  offlineQueue,
  pongs,
  type Receipt,
  rotation,
  type Socket,
} from '../../../src'
import {
  type ManualClock,
  type MemoryConnection,
  type MemoryServer,
  manualClock,
  memoryServer,
} from '../../../src/testing'
import { check, counter, patience, sequence } from './generated'

// ---------------------------------------------------------------- what is generated

const which = fc.constantFrom(0, 0, 0, 1, 2)
const of = <const T extends string>(type: T) => ({ type: fc.constant(type) })

const operation = fc.oneof(
  {
    weight: 14,
    arbitrary: fc.record({
      ...of('send'),
      pad: fc.nat(12),
      ttl: fc.constantFrom(undefined, undefined, undefined, 60, 2_000),
      key: fc.constantFrom(undefined, undefined, undefined, 'a', 'b'),
      never: fc.constantFrom(false, false, false, false, true),
      signal: fc.constantFrom(false, false, false, true),
      own: fc.boolean(),
      // Read before its outcome, or not until the end: the promise is made on first reading.
      reads: fc.boolean(),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      ...of('ack'),
      how: fc.constantFrom(
        'one' as const,
        'one' as const,
        'list' as const,
        'up to' as const,
        'unknown' as const,
      ),
      pick: fc.nat(),
      which,
    }),
  },
  { weight: 5, arbitrary: fc.record({ ...of('pong'), many: fc.constantFrom(1, 1, 2, 9), which }) },
  { weight: 4, arbitrary: fc.record({ ...of('drain'), bytes: fc.constantFrom(1, 20, 60, 1e6, 1e6), which }) },
  {
    weight: 6,
    arbitrary: fc.record({ ...of('advance'), ms: fc.constantFrom(0, 0, 1, 30, 60, 500, 1_000, 2_000) }),
  },
  { weight: 3, arbitrary: fc.record({ ...of('rotate') }) },
  {
    weight: 3,
    arbitrary: fc.record({
      ...of('break'),
      by: fc.constantFrom('die' as const, 'die' as const, 'die' as const, 1012, 1009),
      which,
    }),
  },
  { weight: 2, arbitrary: fc.record({ ...of('stall'), which }) },
  { weight: 2, arbitrary: fc.record({ ...of('heal'), which }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constantFrom('connect' as const, 'connect' as const, 'reconnect' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constantFrom('cancel' as const, 'abort' as const), pick: fc.nat() }),
  },
  { weight: 1, arbitrary: fc.record({ ...of('close'), drain: fc.constantFrom(0, 300) }) },
  { weight: 1, arbitrary: fc.record({ ...of('clear'), really: fc.nat(2) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      ...of('serve'),
      mode: fc.constantFrom('accept' as const, 'accept' as const, 'refuse' as const, 'ignore' as const),
      answers: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      ...of('inside'),
      event: fc.constantFrom(
        'drop' as const,
        'close' as const,
        'state' as const,
        'message' as const,
        'queue' as const,
      ),
      act: fc.constantFrom(
        'send' as const,
        'send' as const,
        'close' as const,
        'reconnect' as const,
        'rotate' as const,
      ),
    }),
  },
)
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never
type Sending = Pick<Extract<Operation, { type: 'send' }>, 'pad'> &
  Partial<Extract<Operation, { type: 'send' }>>

const settings = fc.record({
  confirm: fc.constantFrom('acks' as const, 'acks' as const, 'pongs' as const),
  recover: fc.constantFrom(
    'died' as const,
    'died' as const,
    'died' as const,
    'always' as const,
    'never' as const,
  ),
  window: fc.constantFrom(
    { messages: 1, bytes: 1_000 },
    { messages: 3, bytes: 1_000 },
    { messages: 256, bytes: 70 },
    { messages: 256, bytes: 1_000_000 },
  ),
  maxMessages: fc.constantFrom(2, 5, 1_000),
  overflow: fc.constantFrom('drop-newest' as const, 'drop-oldest' as const),
  buffered: fc.constantFrom('manual' as const, 'drains-at-once' as const),
  terminable: fc.boolean(),
  waterMarks: fc.constantFrom([20, 0] as const, [60, 30] as const, [65_536, 0] as const),
  /** The server says at each open what it has, before anything else. */
  greets: fc.boolean(),
  fenceTimeout: fc.constantFrom(0, 200, 2_000),
})
type Settings = typeof settings extends fc.Arbitrary<infer T> ? T : never

// ---------------------------------------------------------------- one run

/** What we know of a message. */
interface Account {
  readonly n: number
  readonly receipt: Receipt
  readonly bytes: number
  readonly never: boolean
  /** What decides about its order: its turn to be sent, or that of the message which it replaced. */
  readonly place: number
  readonly expiresAt: number
  readonly signal: AbortSignal | undefined
  drop?: string
}

class Run {
  readonly #clock: ManualClock = manualClock(1_000_000)
  readonly #server: MemoryServer
  readonly #socket: Socket<any, any>
  readonly #settings: Settings
  readonly #accounts = new Map<number, Account>()
  readonly #aborts: AbortController[] = []
  readonly #drops: { id: string; code: string }[] = []
  /** The place of each message, from before it is sent: whoever is told of it then may send as well. */
  readonly #turns = new Map<number, number>()
  /** The places of what each connection was handed, in order. */
  readonly #handed: number[][] = []
  /** The message that was handed over last. */
  #lastHanded: number | undefined
  /** Found in callbacks, where a throw would be caught. */
  readonly #faults: string[] = []

  // ------------------------------------------------------------ the server's books

  /** What arrived, doubles dropped by their ids, in the order in which each came first. */
  readonly #booked = new Map<string, number>()
  /** Pings that are not answered yet, by connection. */
  readonly #pings: number[][] = []
  #answers = true
  #sequence = 0
  #places = 0
  #inside: Extract<Operation, { type: 'inside' }> | undefined

  constructor(given: Settings) {
    this.#settings = given
    const { confirm, recover, window, maxMessages, overflow, buffered, terminable, greets, fenceTimeout } =
      given
    const [highWaterMark, lowWaterMark] = given.waterMarks
    const clock = this.#clock
    const server = memoryServer({
      clock,
      buffered,
      terminable,
      onOpen: (connection) => {
        if (!greets) return
        if (confirm === 'acks') this.#say(connection, { ack: [...this.#booked.keys()] })
        this.#say(connection, { hello: true })
      },
      onMessage: (frame, connection) => this.#book(JSON.parse(String(frame)), connection),
    })
    this.#server = server
    const noteHanded = (index: number, frame: string) => this.#noteHanded(index, JSON.parse(frame))
    class WebSocket extends server.WebSocket {
      readonly index = server.connections.length - 1
      override send(data: string): void {
        noteHanded(this.index, data)
        super.send(data)
      }
    }
    let pings = 0
    this.#socket = createSocket<Codec<any, any>>(server.url, {
      codec: json(),
      highWaterMark,
      lowWaterMark,
      queue: offlineQueue({
        maxMessages,
        overflow,
        window,
        recover,
        confirm: confirm === 'acks' ? acks({ isAck: ({ ack }) => ack }) : pongs({ id: 'id' }),
      }),
      heartbeat: heartbeat({
        interval: 1_000,
        timeout: 500,
        ping: () => ({ ping: ++pings }),
        isPong: (message: any, ping) => (ping ? message.pong === ping.ping : message.pong !== undefined),
      }),
      rotation: rotation({ linger: 300, fenceTimeout }),
      ...(greets && { onHandshake: async ({ receive }) => void (await receive()) }),
      retryDelay: () => 50,
      minUptime: 1_000,
      closeTimeout: 400,
      connectTimeout: 1_000,
      environment: {
        clock,
        WebSocket,
        random: () => 0.5,
        reportError: (error) => this.#faults.push(String(error)),
      },
    })
    this.#socket.on('drop', ({ id, error }) => {
      this.#drops.push({ id, code: error.code })
      this.#hear('drop')
    })
    for (const event of ['close', 'state', 'message'] as const)
      this.#socket.on(event, () => this.#hear(event))
    this.#socket.queue.subscribe(() => this.#hear('queue'))
  }

  #say(connection: MemoryConnection | undefined, message: unknown) {
    connection?.send(JSON.stringify(message))
  }

  #book(message: any, connection: MemoryConnection) {
    if (message.ping !== undefined) {
      this.#pings[connection.index] ??= []
      this.#pings[connection.index]?.push(message.ping)
      if (this.#answers) this.#pong(connection)
      return
    }
    const id = String(message.id)
    if (!this.#booked.has(id)) this.#booked.set(id, message.n)
    if (this.#answers && this.#settings.confirm === 'acks') this.#say(connection, { ack: id })
  }

  #pong(connection: MemoryConnection | undefined, many = Infinity) {
    const pings = this.#pings[connection?.index ?? -1] ?? []
    for (const pong of pings.splice(0, Math.min(many, pings.length))) this.#say(connection, { pong })
  }

  // ------------------------------------------------------------ what happens

  #pick(which: number) {
    return this.#server.connections.at(-1 - which)
  }

  async step(operation: Operation): Promise<void> {
    const clock = this.#clock
    const socket = this.#socket
    switch (operation.type) {
      case 'send':
        this.#send(operation)
        break
      case 'ack':
        this.#ack(operation)
        break
      case 'pong':
        this.#pong(this.#pick(operation.which), operation.many)
        break
      case 'connect':
      case 'reconnect':
      case 'rotate':
        socket[operation.type]()
        break
      case 'close':
        void socket.close(1000, '', { drain: operation.drain })
        break
      case 'clear':
        if (!operation.really) socket.queue.clear()
        break
      case 'cancel': {
        const account = [...this.#accounts.values()][operation.pick % Math.max(1, this.#accounts.size)]
        if (!account) break
        const waited = account.receipt.status === 'queued'
        check(account.receipt.cancel() === waited, 'cancel() says whether it waited')
        break
      }
      case 'abort':
        this.#aborts[operation.pick % Math.max(1, this.#aborts.length)]?.abort()
        break
      case 'break':
        if (operation.by === 'die') this.#pick(operation.which)?.die()
        else this.#pick(operation.which)?.close(operation.by)
        break
      case 'stall':
      case 'heal':
        this.#pick(operation.which)?.[operation.type]()
        break
      case 'drain':
        this.#pick(operation.which)?.drain(operation.bytes)
        // The socket looks at its buffer within 64 ms.
        await clock.advance(70)
        break
      case 'serve':
        this.#server.mode = operation.mode
        this.#answers = operation.answers
        break
      case 'inside':
        this.#inside = operation
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

  #ack({ how, pick, which }: Extract<Operation, { type: 'ack' }>) {
    if (this.#settings.confirm !== 'acks') return
    const ids = [...this.#booked.keys()]
    const id = ids[pick % Math.max(1, ids.length)] ?? 'none'
    const connection = this.#pick(which)
    if (how === 'one') this.#say(connection, { ack: id })
    else if (how === 'list') this.#say(connection, { ack: ids.slice(-3).reverse() })
    else if (how === 'up to') this.#say(connection, { ack: { upTo: id } })
    else this.#say(connection, { ack: 'unknown' })
  }

  #send({ pad, ttl, key, never = false, signal = false, own = false, reads = false }: Sending) {
    const n = ++this.#sequence
    const turn = ++this.#places
    this.#turns.set(n, turn)
    const abort = signal ? new AbortController() : undefined
    if (abort) this.#aborts.push(abort)
    const drops = this.#drops.length
    const message = { n, pad: 'x'.repeat(pad), ...(own && { id: `own-${n}` }) }
    const receipt = this.#socket.send(message, {
      ...(ttl !== undefined && { ttl }),
      ...(key !== undefined && { key }),
      ...(never && { queue: false }),
      ...(abort && { signal: abort.signal }),
    })
    if (reads) [receipt.sent, receipt.confirmed].map((promise) => promise.catch(() => {}))
    const replaced = this.#drops.slice(drops).find(({ code }) => code === 'REPLACED')
    const account: Account = {
      n,
      receipt,
      bytes: JSON.stringify({ ...message, id: receipt.id }).length,
      never,
      place: replaced ? this.#find(replaced.id).place : turn,
      expiresAt: this.#clock.now() + (ttl ?? Infinity),
      signal: abort?.signal,
    }
    this.#accounts.set(n, account)
    check(receipt.status !== 'queued' || !never, 'now or never')
  }

  #hear(event: string) {
    if (this.#inside?.event !== event) return
    const { act } = this.#inside
    this.#inside = undefined
    if (act === 'send') this.#send({ pad: 3 })
    else if (act === 'close') void this.#socket.close()
    else this.#socket[act]()
  }

  /** What is handed over waits, and is allowed to: nothing that was confirmed or dropped goes out again. */
  #noteHanded(index: number, message: any) {
    if (message.n === undefined) return
    this.#handed[index] ??= []
    const account = this.#accounts.get(message.n)
    this.#lastHanded = message.n
    this.#handed[index].push(account?.place ?? (this.#turns.get(message.n) as number))
    if (!account) return
    const fault = (what: string) =>
      this.#faults.push(`${message.n} was handed to connection ${index}: ${what}`)
    const { receipt, expiresAt, signal } = account
    if (String(message.id) !== receipt.id) fault(`as ${message.id}, not ${receipt.id}`)
    if (receipt.status !== 'queued') fault(`it was ${receipt.status}`)
    if (this.#clock.now() >= expiresAt) fault('it had expired')
    if (signal?.aborted) fault('its signal was aborted')
  }

  #find(id: string): Account {
    const account = [...this.#accounts.values()].find(({ receipt }) => receipt.id === id)
    check(account !== undefined, `message ${id} is known`)
    return account
  }

  // ------------------------------------------------------------ the accounts

  /** What must hold at any time. */
  #balance() {
    const accounts = [...this.#accounts.values()]
    for (const { id, code } of this.#drops.splice(0)) {
      const account = this.#find(id)
      check(account.drop === undefined, `${id} is dropped once`)
      account.drop = code
    }
    for (const { receipt, drop } of accounts) {
      check(
        (receipt.status === 'dropped') === (drop !== undefined),
        () => `${receipt.id} is ${receipt.status}: ${drop}`,
      )
      check(
        receipt.status !== 'confirmed' || this.#booked.has(receipt.id),
        () => `${receipt.id} never arrived`,
      )
    }
    const waiting = accounts.filter(({ receipt }) => receipt.status === 'queued')
    const unconfirmed = accounts.filter(({ receipt }) => receipt.status === 'sent')
    const queue = this.#socket.queue.get()
    const { maxMessages, window } = this.#settings
    check(queue.messages === waiting.length, () => `the store says ${queue.messages}, ${waiting.length} wait`)
    check(queue.dropped === accounts.filter(({ drop }) => drop).length, 'each drop is counted')
    // B78: the message that reaches a limit still goes out.
    check(unconfirmed.length <= window.messages, () => `${unconfirmed.length} are unconfirmed`)
    const before = unconfirmed.filter(({ n, never }) => n !== this.#lastHanded && !never)
    const bytes = before.reduce((sum, account) => sum + account.bytes, 0)
    check(!bytes || bytes < window.bytes || before.length === 1, () => `${bytes} bytes are unconfirmed`)
    check(
      waiting.length + unconfirmed.length <= maxMessages + window.messages,
      'bounded, however often it breaks',
    )
    this.#checkOrder(accounts)
    const { status } = this.#socket.state.get()
    if (status === 'idle' || status === 'closed') check(this.#clock.timers === 0, `no timer while ${status}`)
    check(this.#faults.length === 0, () => this.#faults.join('; '))
  }

  /** First in, first out: on each connection, and at the server once doubles are gone. */
  #checkOrder(accounts: readonly Account[]) {
    for (const places of this.#handed) {
      let last = 0
      for (const place of places ?? []) {
        check(place > last, () => `handed over as ${places}`)
        last = place
      }
    }
    const places = new Map(
      accounts.map(({ n, place, receipt }) => [n, receipt.status === 'dropped' ? 0 : place]),
    )
    const arrived = [...this.#booked.values()].flatMap((n) => places.get(n) || [])
    for (let n = 1; n < arrived.length; n++) {
      check((arrived[n] as number) > (arrived[n - 1] as number), () => `arrived as ${arrived}`)
    }
  }

  /** All is well again: everything arrives, everything settles. */
  async recover(): Promise<void> {
    const clock = this.#clock
    const socket = this.#socket
    this.#inside = undefined
    this.#server.mode = 'accept'
    this.#answers = true
    for (let n = 0; n < 40; n++) {
      for (const connection of this.#server.connections) {
        connection.heal()
        connection.drain()
        this.#pong(connection)
        if (this.#settings.confirm === 'acks') this.#say(connection, { ack: [...this.#booked.keys()] })
      }
      socket.connect()
      await clock.advance(100)
      this.#balance()
    }
    check(
      socket.state.get().status === 'open',
      () => `${socket.state.get().status} in a world where all is well`,
    )
    check(socket.queue.get().messages === 0, 'what waited has gone out')
    for (const { n, receipt, drop, signal } of this.#accounts.values()) {
      const outcomes = await Promise.all([this.#outcome(receipt.confirmed), this.#outcome(receipt.sent)])
      check(receipt.status === 'confirmed' || receipt.status === 'dropped', () => `${n} is ${receipt.status}`)
      check(
        outcomes[0] === (drop ?? 'resolved'),
        () => `${n}, ${drop ?? 'confirmed'}: confirmed is ${outcomes[0]}`,
      )
      // One that went, came back and was dropped then may have resolved before.
      check(outcomes[1] === 'resolved' || outcomes[1] === drop, () => `${n}: sent is ${outcomes[1]}`)
      if (!drop) check(this.#booked.get(receipt.id) === n, `${n} has arrived`)
      if (signal) check(getEventListeners(signal, 'abort').length === 0, 'nothing is attached to a signal')
    }
  }

  #outcome(promise: Promise<void>): Promise<string> {
    return Promise.race([
      promise.then(
        () => 'resolved',
        ({ code }) => code,
      ),
      new Promise<string>((resolve) => setImmediate(resolve, 'pending')),
    ])
  }

  async end(): Promise<void> {
    const closed = this.#socket.close()
    await this.#clock.advance(1_000)
    await closed
    this.#balance()
    check(this.#clock.timers + this.#clock.turns === 0, 'nothing runs any more')
  }
}

describe('what is confirmed, whatever happens', () => {
  const count = counter('window')

  it('B71 B77 B78 B79 B80 B84 arrives once and in order where doubles are dropped by id, or is told as dropped', {
    timeout: patience,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(settings, sequence(operation, 80), async (given, operations) => {
        const run = new Run(given)
        await run.step({ type: 'connect' })
        for (const one of operations) {
          count.events++
          await run.step(one)
        }
        await run.recover()
        await run.end()
      }),
      { numRuns: 600 },
    )
  })

  count.atLeast(15_000)
})
