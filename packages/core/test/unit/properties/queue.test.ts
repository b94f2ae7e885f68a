// The queue under random operations, against a plain array that does the same the simple way.
import fc from 'fast-check'
import { describe, it } from 'vitest'
import { Message } from '../../../src/queue/message'
import { MessageQueue } from '../../../src/queue/message-queue'
import { type OfflineQueueOptions, offlineQueue } from '../../../src/queue/offline-queue'
import type { OfflineQueue } from '../../../src/types'
import { check, counter, patience, sequence } from './generated'

// ---------------------------------------------------------------- what is generated

const operation = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('push' as const),
      size: fc.nat(6),
      key: fc.constantFrom(undefined, undefined, undefined, 'a', 'b', ''),
      ttl: fc.constantFrom(undefined, undefined, 0, 1, 10, 100),
    }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('take' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constantFrom('drop' as const, 'remove' as const), pick: fc.nat() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constantFrom('expire' as const, 'peek' as const),
      after: fc.constantFrom(0, 1, 9, 90),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('unshift' as const), many: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('clear' as const), really: fc.boolean() }) },
)
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never

const limits: fc.Arbitrary<OfflineQueueOptions> = fc.record({
  maxMessages: fc.constantFrom(0, 1, 2, 3, 8, 1_000),
  maxBytes: fc.constantFrom(0, 5, 6, 12, 1_000),
  overflow: fc.constantFrom('drop-newest' as const, 'drop-oldest' as const),
})

// ---------------------------------------------------------------- the model

/** A queue as simple as can be: an array, searched and spliced. */
class Model {
  waiting: Message[] = []
  readonly drops: string[] = []
  readonly #limits: OfflineQueue

  constructor(limits: OfflineQueue) {
    this.#limits = limits
  }

  get bytes() {
    return this.waiting.reduce((sum, { size }) => sum + size, 0)
  }

  drop(message: Message, code: string) {
    this.waiting = this.waiting.filter((other) => other !== message)
    this.drops.push(`${message.id} ${code}`)
  }

  push(message: Message) {
    const { maxMessages, maxBytes, overflow } = this.#limits
    const older = message.key === undefined ? undefined : this.waiting.find(({ key }) => key === message.key)
    /** Whether it fits among what would stay beside it. */
    const fits = () => {
      const others = this.waiting.filter((other) => other !== older)
      return (
        others.length < maxMessages &&
        others.reduce((sum, { size }) => sum + size, 0) + message.size <= maxBytes
      )
    }
    const neverFits = maxMessages < 1 || message.size > maxBytes
    if (!fits() && (overflow === 'drop-newest' || neverFits))
      return this.drops.push(`${message.id} QUEUE_FULL`)
    while (!fits()) this.drop(this.waiting.filter((other) => other !== older)[0] as Message, 'QUEUE_FULL')
    if (!older) return this.waiting.push(message)
    this.waiting.splice(this.waiting.indexOf(older), 0, message)
    return this.drop(older, 'REPLACED')
  }

  expire(now: number) {
    for (const message of this.waiting)
      if ((message.expiresAt ?? Infinity) <= now) this.drop(message, 'EXPIRED')
    return Math.min(...this.waiting.map(({ expiresAt = Infinity }) => expiresAt))
  }

  peek(now: number) {
    while (this.waiting[0] && (this.waiting[0].expiresAt ?? Infinity) <= now)
      this.drop(this.waiting[0], 'EXPIRED')
    return this.waiting[0]
  }
}

// ---------------------------------------------------------------- both, side by side

class Run {
  now = 0
  readonly #drops: string[] = []
  readonly #queue: MessageQueue
  readonly #model: Model
  readonly #limits: OfflineQueue
  readonly #made: Message[] = []
  /** Taken and not put back, in the order in which they were taken. */
  #taken: Message[] = []

  constructor(options: OfflineQueueOptions) {
    this.#limits = { ...offlineQueue(options) }
    this.#model = new Model(this.#limits)
    this.#queue = new MessageQueue(offlineQueue(options), {
      drop: (message, error) => void this.#drops.push(`${message.id} ${error.code}`),
    })
  }

  step(operation: Operation): void {
    const queue = this.#queue
    const model = this.#model
    switch (operation.type) {
      case 'push': {
        const { size, key, ttl } = operation
        const owner = { prefix: '', confirms: false, stores: false, cancel: () => false }
        const expiresAt = ttl === undefined ? undefined : this.now + ttl
        const message = new Message(owner, this.#made.length, 'x'.repeat(size), size, key, expiresAt)
        this.#made.push(message)
        const within = queue.messages <= this.#limits.maxMessages && queue.bytes <= this.#limits.maxBytes
        queue.push(message)
        model.push(message)
        // Only what came back may stand beyond the limits, and it is the last to be added to.
        if (within)
          check(queue.messages <= this.#limits.maxMessages && queue.bytes <= this.#limits.maxBytes, 'bounded')
        break
      }
      case 'take': {
        const head = queue.peek(this.now)
        check(head === model.peek(this.now), 'the head')
        if (!head) break
        queue.remove(head)
        model.waiting.shift()
        head.markSent()
        this.#taken.push(head)
        break
      }
      case 'remove':
      case 'drop': {
        // Any message that there ever was: most do not wait any more.
        const message = this.#made[operation.pick % Math.max(1, this.#made.length)]
        if (!message) break
        const waits = model.waiting.includes(message)
        if (operation.type === 'drop') {
          check(queue.drop(message, 'CANCELLED', 'why') === waits, 'says whether it waited')
          if (waits) model.drop(message, 'CANCELLED')
        } else {
          queue.remove(message)
          if (waits) this.#taken.push(message)
          model.waiting = model.waiting.filter((other) => other !== message)
        }
        break
      }
      case 'peek':
        this.now += operation.after
        check(queue.peek(this.now) === model.peek(this.now), 'the head')
        break
      case 'expire':
        this.now += operation.after
        check(queue.expire(this.now) === model.expire(this.now), 'when the next expires')
        break
      case 'unshift': {
        const tail = this.#taken.splice(Math.max(0, this.#taken.length - operation.many))
        // They are certain not to have left.
        for (const message of tail) message.wasSent = false
        queue.unshift(tail)
        model.waiting.unshift(...tail)
        break
      }
      case 'clear':
        if (!operation.really) break
        queue.clear('CLEARED', 'why')
        for (const message of [...model.waiting]) model.drop(message, 'CLEARED')
        break
      default:
        operation satisfies never
    }
    check(
      queue.messages === model.waiting.length,
      () => `${queue.messages} messages, not ${model.waiting.length}`,
    )
    check(queue.bytes === model.bytes, () => `${queue.bytes} bytes, not ${model.bytes}`)
    check(this.#drops.join() === model.drops.join(), () => `drops ${this.#drops}, not ${model.drops}`)
  }

  /** Empties the queue: the order of all that waited, and the account of all that ever came. */
  end(): void {
    const expected = this.#model.waiting.filter(({ expiresAt = Infinity }) => expiresAt > this.now)
    const left: Message[] = []
    for (let head = this.#queue.peek(this.now); head; head = this.#queue.peek(this.now)) {
      left.push(head)
      this.#queue.remove(head)
    }
    check(
      left.length === expected.length && left.every((message, i) => message === expected[i]),
      'first in, first out',
    )
    check(this.#queue.messages === 0 && this.#queue.bytes === 0, 'nothing is left')
    const accounts = [...left, ...this.#taken]
      .map(({ id }) => id)
      .concat(this.#drops.map((drop) => drop.split(' ')[0] as string))
    check(accounts.length === this.#made.length, 'each message is once in the accounts')
    check(new Set(accounts).size === this.#made.length, 'each message is in the accounts')
  }
}

describe('the queue, whatever is done to it', () => {
  const count = counter('queue')

  it('B71 B72 B73 B80 B81 is first in first out, bounded, exact, and accounts for every message once', {
    timeout: patience,
  }, () => {
    fc.assert(
      fc.property(limits, sequence(operation, 100), (given, operations) => {
        const run = new Run(given)
        for (const one of operations) {
          count.events++
          run.step(one)
        }
        run.end()
      }),
      { numRuns: 1_000 },
    )
  })

  count.atLeast(30_000)
})
