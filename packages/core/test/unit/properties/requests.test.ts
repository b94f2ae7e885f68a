// Requests and streams, whatever becomes of the connection, the answers and the reader: each settles once, and leaves nothing.
import { getEventListeners } from 'node:events'
import fc from 'fast-check'
import { describe, it } from 'vitest'
import { createSocket, json, offlineQueue, rotation, type SocketErrorCode } from '../../../src'
import { createRequests, type Requests } from '../../../src/requests'
import { type MemoryConnection, manualClock, memoryServer } from '../../../src/testing'
import { check, counter, patience, sequence } from './generated'

const pick = fc.nat(30)
const settings = fc.record({
  buffered: fc.constantFrom('manual' as const, 'drains-at-once' as const),
  maxMessages: fc.constantFrom(3, 1_000),
  overflow: fc.constantFrom('drop-newest' as const, 'drop-oldest' as const),
})
type Settings = typeof settings extends fc.Arbitrary<infer T> ? T : never

const operation = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constantFrom('request' as const, 'stream' as const),
      timeout: fc.constantFrom(0, 50, 400, 2_000),
      retry: fc.constantFrom(false, true, 1, 2),
      abortable: fc.boolean(),
      buffer: fc.constantFrom(1, 3, 1_000),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('answer' as const),
      how: fc.constantFrom('reply', 'error', 'next', 'next', 'complete', 'cancel', 'odd', 'nobody'),
      pick,
      which: fc.nat(2),
      times: fc.constantFrom(1, 1, 2),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constantFrom('abort' as const, 'read' as const, 'leave' as const),
      pick,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('break' as const),
      by: fc.constantFrom('die' as const, 1000, 1002, 1012),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('advance' as const), ms: fc.constantFrom(1, 60, 300, 1_500) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('drain' as const), bytes: fc.constantFrom(20, 200, 1e6) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constantFrom('rotate' as const, 'connect' as const, 'reconnect' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom('close' as const, 'clear' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('serve' as const),
      mode: fc.constantFrom('accept' as const, 'refuse' as const, 'ignore' as const),
    }),
  },
)
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never
type Asking = Extract<Operation, { type: 'request' | 'stream' }>

/** What we know of a request. */
interface Account {
  readonly n: number
  readonly how: Asking
  readonly control: AbortController
  readonly startedAt: number
  readonly stream: AsyncIterableIterator<unknown> | undefined
  /** Parts, or answers, as the app got them. */
  readonly got: any[]
  outcome: SocketErrorCode | 'resolved' | undefined
  settlements: number
  /** The reader left; what was under way then may still be told. */
  hasLeft: boolean
  readers: number
}

const limit: Record<string, number> = { false: 0, true: Infinity, 1: 1, 2: 2 }

class Run {
  readonly #clock = manualClock(1_000)
  readonly #server: ReturnType<typeof memoryServer>
  readonly #socket
  readonly #requests: Requests<'type', 'payload'>
  readonly #accounts: Account[] = []
  /** By number: its id, how often it arrived, what was answered. */
  readonly #ids = new Map<number, string>()
  readonly #arrivals = new Map<number, number>()
  readonly #faults: string[] = []
  /** How many frames of each connection were looked at. */
  readonly #seen: number[] = []
  #answers = 0
  #isDisposed = false

  constructor({ buffered, maxMessages, overflow }: Settings) {
    const clock = this.#clock
    this.#server = memoryServer({
      clock,
      buffered,
      onMessage: (frame) => {
        const { type, payload } = JSON.parse(String(frame))
        if (type === 'ask') this.#arrivals.set(payload, (this.#arrivals.get(payload) ?? 0) + 1)
      },
    })
    this.#socket = createSocket(this.#server.url, {
      codec: json(),
      queue: offlineQueue({ maxMessages, overflow }),
      rotation: rotation({ linger: 200, fenceTimeout: 100 }),
      retryDelay: () => 30,
      connectTimeout: 200,
      closeTimeout: 100,
      highWaterMark: 120,
      environment: {
        clock,
        WebSocket: this.#server.WebSocket,
        random: () => 0.5,
        reportError: (error) => this.#faults.push(String(error)),
      },
    })
    this.#socket.on('error', (error) => {
      if (/DECODE|VALIDATION|LISTENER|PROVIDER/.test(error.code))
        this.#faults.push(`${error.code}: ${error.message}`)
    })
    this.#socket.on('message', (message: any) => {
      // What has a wrong shape, or takes back what was never asked of us, is the app's, and nothing else is.
      if (message?.odd !== true && message?.type !== 'cancel' && !this.#isDisposed)
        this.#faults.push(`the app was told ${JSON.stringify(message)}`)
    })
    this.#requests = createRequests(this.#socket)
  }

  async step(operation: Operation): Promise<void> {
    const clock = this.#clock
    const socket = this.#socket
    const settled = new Set(this.#accounts.filter(({ outcome }) => outcome).map(({ n }) => n))
    switch (operation.type) {
      case 'request':
      case 'stream':
        this.#ask(operation)
        break
      case 'answer':
        this.#answer(operation)
        break
      case 'abort':
        this.#picked(operation.pick)?.control.abort('enough')
        break
      case 'read':
        this.#read(this.#picked(operation.pick))
        break
      case 'leave': {
        const account = this.#picked(operation.pick)
        if (!account?.stream) break
        account.hasLeft = true
        account.outcome ??= 'resolved'
        void account.stream.return?.()
        break
      }
      case 'break':
        if (operation.by === 'die') this.#latest?.die()
        else this.#latest?.close(operation.by)
        break
      case 'advance':
        await clock.advance(operation.ms)
        break
      case 'drain':
        for (const connection of this.#server.connections) connection.drain(operation.bytes)
        await clock.advance(70)
        break
      case 'rotate':
      case 'connect':
      case 'reconnect':
        socket[operation.type]()
        break
      case 'close':
        void socket.close()
        break
      case 'clear':
        socket.queue.clear()
        break
      case 'serve':
        this.#server.mode = operation.mode
        break
      default:
        operation satisfies never
    }
    const atOnce = new Set(settled)
    this.#lookAtFrames(atOnce)
    await clock.advance(0)
    this.#lookAtFrames(atOnce)
    check(this.#faults.length === 0, () => this.#faults.join('; '))
  }

  get #latest(): MemoryConnection | undefined {
    return this.#server.connections.at(-1)
  }

  #picked(pick: number): Account | undefined {
    return this.#accounts.at(-1 - (pick % Math.max(1, this.#accounts.length)))
  }

  #ask(how: Asking) {
    const { timeout, retry, abortable, buffer } = how
    const control = new AbortController()
    const options = { timeout, retry, ...(abortable && { signal: control.signal }) }
    const n = this.#accounts.length
    const call = { type: 'ask', payload: n }
    const stream = how.type === 'stream' ? this.#requests.stream(call, { ...options, buffer }) : undefined
    const account: Account = {
      ...{ n, how, control, stream, startedAt: this.#clock.now() },
      ...{ got: [], outcome: undefined, settlements: 0, hasLeft: false, readers: 0 },
    }
    this.#accounts.push(account)
    if (stream) return this.#read(account)
    const settle = (outcome: Account['outcome']) => {
      account.settlements++
      account.outcome ??= outcome
    }
    this.#requests.request(call, options).then(
      (value) => {
        account.got.push(value)
        settle('resolved')
      },
      ({ code }) => settle(code),
    )
  }

  #read(account: Account | undefined) {
    if (!account?.stream) return
    account.readers++
    account.stream.next().then(
      ({ done, value }) => {
        account.readers--
        if (!done) account.got.push(value)
        else account.outcome ??= 'resolved'
      },
      ({ code }) => {
        account.readers--
        account.settlements++
        if (!account.hasLeft) account.outcome = code
      },
    )
  }

  #answer({ how, pick, which, times }: Extract<Operation, { type: 'answer' }>) {
    const connection = this.#server.connections.at(-1 - which)
    const known = [...this.#arrivals.keys()]
    const n = known[pick % Math.max(1, known.length)]
    const id = how === 'nobody' || n === undefined ? 'of-another-page-r1' : this.#ids.get(n)
    const payload = { n, answer: ++this.#answers }
    for (let time = 0; time < times; time++) {
      const message =
        how === 'odd' ? { odd: true, id } : { id, type: how === 'nobody' ? 'reply' : how, payload }
      connection?.send(JSON.stringify(message))
    }
  }

  /** What was handed over in this step: nothing that had settled before. */
  #lookAtFrames(settled: ReadonlySet<number>) {
    for (const { index, sent } of this.#server.connections) {
      for (const frame of sent.slice(this.#seen[index] ?? 0)) {
        const { id, type, payload } = JSON.parse(String(frame))
        if (type !== 'ask') continue
        check(
          !settled.has(payload),
          () => `${payload} was sent after it was ${this.#accounts[payload]?.outcome}`,
        )
        check((this.#ids.get(payload) ?? id) === id, 'the same id each time')
        this.#ids.set(payload, id)
      }
      this.#seen[index] = sent.length
    }
  }

  /** All is well again, and nobody answers: by their timeouts at the latest all settle. */
  async end(isDisposed: boolean): Promise<void> {
    const clock = this.#clock
    this.#server.mode = 'accept'
    this.#isDisposed = isDisposed
    if (isDisposed) this.#requests.dispose()
    this.#socket.connect()
    for (let n = 0; n < 8; n++) {
      for (const connection of this.#server.connections) connection.drain()
      for (const account of this.#accounts) if (!account.readers) this.#read(account)
      // What there is to be read is read, one part after the other.
      while (this.#accounts.some(({ stream, outcome, readers }) => stream && !outcome && !readers)) {
        for (const account of this.#accounts) if (!account.readers && !account.outcome) this.#read(account)
        await clock.advance(0)
      }
      await clock.advance(500)
    }
    check(this.#faults.length === 0, () => this.#faults.join('; '))
    for (const { n, how, control, outcome, settlements, got, stream, readers } of this.#accounts) {
      check(outcome !== undefined, `${how.type} ${n} hangs`)
      check(readers === 0, `somebody still reads ${n}`)
      check(stream ? settlements <= 1 : settlements === 1, `${n} settled ${settlements} times`)
      check(
        got.every((answer) => answer === undefined || answer.n === n),
        `${n} got what was another's`,
      )
      const order = got.map((answer) => answer?.answer ?? 0)
      check(
        order.every((answer, i) => !i || answer >= order[i - 1]),
        `${n} got ${order}`,
      )
      check((this.#arrivals.get(n) ?? 0) <= 1 + (limit[String(how.retry)] ?? 0), `${n} was sent too often`)
      check(
        getEventListeners(control.signal, 'abort').length === 0,
        `something is attached to the signal of ${n}`,
      )
      const possible = outcome !== 'ABORTED' || isDisposed || (control.signal.aborted && how.abortable)
      check(possible, `${n} was aborted by nobody`)
      check(outcome !== 'REQUEST_LOST' || how.retry !== true || !!stream, `${n} is lost, and should not be`)
    }
    const closed = this.#socket.close()
    await clock.advance(500)
    await closed
    check(clock.timers + clock.turns === 0, 'nothing runs any more')
  }
}

describe('requests, whatever happens', () => {
  const count = counter('requests')

  it('B79 B93 B94 B95 settle once each, are never sent after that, and leave nothing', {
    timeout: patience,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(
        settings,
        sequence(operation, 60),
        fc.boolean(),
        async (given, operations, isDisposed) => {
          const run = new Run(given)
          await run.step({ type: 'connect' })
          for (const one of operations) {
            count.events++
            await run.step(one)
          }
          await run.end(isDisposed)
        },
      ),
      { numRuns: 300 },
    )
  })

  count.atLeast(5_000)
})
