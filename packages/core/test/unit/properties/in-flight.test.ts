// The tail after a break, under random sends and drains of a simulated buffer.
import fc from 'fast-check'
import { describe, it } from 'vitest'
import { InFlight } from '../../../src/queue/in-flight'
import { Message } from '../../../src/queue/message'
import { check, counter, patience, sequence } from './generated'

const operation = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('send' as const),
      size: fc.oneof(fc.nat(8), fc.nat(300)),
      control: fc.nat(5),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('drain' as const),
      bytes: fc.oneof(fc.nat(10), fc.nat(400), fc.constant(1e6)),
    }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('sample' as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('reset' as const), really: fc.nat(3) }) },
)
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never

/** How many bytes the platform counts for a frame beside its payload: none in browsers, the header in others. */
const headers: Record<string, (size: number) => number> = {
  none: () => 0,
  'of RFC 6455': (size) => (size < 126 ? 6 : size < 65_536 ? 8 : 14),
  'of a fixed size': () => 2,
}

/** A buffer of bytes, and which frame each of them belongs to. */
class Run {
  readonly #header: (size: number) => number
  #flight = new InFlight({
    left(message) {
      message.data = undefined
    },
  })
  #buffered = 0
  /** Bytes handed over, and bytes that left, ever. */
  #handed = 0
  #left = 0
  #frames: { message: Message | undefined; size: number; end: number }[] = []
  #sequence = 0
  /** How many bytes had left when we last looked. */
  #seen = 0

  constructor(header: (size: number) => number) {
    this.#header = header
  }

  step(operation: Operation): void {
    const flight = this.#flight
    switch (operation.type) {
      case 'send': {
        const { size, control } = operation
        const message = control
          ? new Message(
              { prefix: '', confirms: false, stores: false, cancel: () => false },
              ++this.#sequence,
              'x'.repeat(size),
              size,
            )
          : undefined
        // Once the buffer was seen empty it stays so, until we write to it.
        const before = flight.buffered && this.#buffered
        const cost = size + this.#header(size)
        this.#buffered += cost
        this.#handed += cost
        if (message) {
          flight.messages++
          flight.bytes += size
        }
        this.#frames.push({ message, size, end: this.#handed })
        // Where it was empty before and after, the platform took it at once: nothing is in flight.
        if (this.#buffered || flight.buffered) flight.add(message, before, this.#buffered)
        this.#seen = this.#left
        break
      }
      case 'drain': {
        const bytes = Math.min(operation.bytes, this.#buffered)
        this.#buffered -= bytes
        this.#left += bytes
        return
      }
      case 'sample':
        flight.sampled(this.#buffered)
        this.#seen = this.#left
        break
      case 'reset':
        if (operation.really) return
        flight.reset()
        this.#frames = []
        this.#buffered = this.#handed = this.#left = this.#seen = 0
        break
      default:
        operation satisfies never
    }
    // A frame has left when its last byte has; one of no bytes, when what was before it has.
    const messages = this.#frames.filter(({ message }) => message)
    const expected = messages.filter(({ end }) => end > this.#seen)
    const tail = flight.tail()
    const same =
      tail.length === expected.length && tail.every((message, i) => message === expected[i]?.message)
    check(same, () => `tail ${tail.map(({ id }) => id)}, not ${expected.map(({ message }) => message?.id)}`)
    check(
      tail.every(({ data, size }) => data === 'x'.repeat(size)),
      'what may come back still has its payload',
    )
    const { messages: count, bytes } = flight.uncertain(tail)
    const gone = messages.filter(({ end }) => end <= this.#seen)
    check(count === gone.length, () => `${count} uncertain messages, not ${gone.length}`)
    check(bytes === gone.reduce((sum, { size }) => sum + size, 0), 'their bytes')
  }
}

describe('what is in flight, whatever the buffer does', () => {
  const count = counter('in flight')

  it.each(Object.keys(headers))(
    'B75 B77 the tail is exactly what had not wholly left at the last sample; headers: %s',
    { timeout: patience },
    (name) => {
      fc.assert(
        fc.property(sequence(operation, 80), (operations) => {
          const run = new Run(headers[name] as (size: number) => number)
          for (const one of operations) {
            count.events++
            run.step(one)
          }
        }),
        { numRuns: 400 },
      )
    },
  )

  count.atLeast(20_000)
})
