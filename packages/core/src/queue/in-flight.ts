// What was handed to the transport and may still be in its buffer: the tail that comes back after a break.

import type { CloseInfo } from '../types'
import { cheapLength } from '../wire-data'
import type { Message } from './message'

export interface FlightOwner {
  /** A message has left the buffer. */
  left(message: Message): void
}

interface Frame {
  readonly message: Message | undefined
  readonly cost: number
}

const nothing: CloseInfo['uncertain'] = { messages: 0, bytes: 0 }

/**
 * `bufferedAmount` says how many bytes are still in the agent's buffer. Frames leave it in order, so with the cost of
 * each frame known, a sample says which ones are still there. The last sample taken while the transport was open
 * counts: in the `close` event the buffer of several platforms reads 0.
 */
export class InFlight {
  /** Bytes in the buffer at the last sample. */
  buffered = 0
  /** Messages handed over on this transport. Bytes count text by its UTF-16 length, which is free. */
  messages = 0
  bytes = 0
  /** How much of that is known to have arrived. */
  #proven = nothing
  /** What is uncertain of a transport before this one, and not told yet. */
  carried = nothing
  /** A control frame has no message. */
  #frames: Frame[] = []
  readonly #owner: FlightOwner
  /** What all frames together take in the buffer. */
  #cost = 0
  /** There was something in the buffer when `isStalled` was asked last, and nothing of it has left. */
  #stuck = false

  constructor(owner: FlightOwner) {
    this.#owner = owner
  }

  /**
   * Notes a frame after it was handed over, with the samples before and after. They were taken in one task, so their
   * difference is what this frame takes in the buffer, headers included.
   */
  add(message: Message | undefined, before: number, after: number): void {
    const cost = after - before
    this.#frames.push({ message, cost })
    this.#cost += cost
    if (before < this.buffered) this.#stuck = false
    this.sampled(after)
  }

  /** Lets go of the frames that, by this sample, have left the buffer whole. */
  sampled(buffered: number): void {
    if (buffered < this.buffered) this.#stuck = false
    this.buffered = buffered
    for (let first = this.#frames[0]; first; first = this.#frames[0]) {
      if (buffered && this.#cost - first.cost < buffered) return
      this.#cost -= first.cost
      this.#frames.shift()
      if (first.message) this.#owner.left(first.message)
    }
  }

  /** What is called once it is known that all that was handed over until now has arrived. */
  mark(): () => void {
    const { messages, bytes } = this
    return () => {
      this.#proven = { messages, bytes }
    }
  }

  /** Whether nothing of what was in the buffer has left since this was asked last. */
  isStalled(): boolean {
    const stuck = this.#stuck
    this.#stuck = this.buffered > 0
    return stuck
  }

  /** The messages that the last sample covers, in order, but for those that may not wait. */
  tail(): Message[] {
    return this.#frames.flatMap(({ message }) => (message?.data === undefined ? [] : message))
  }

  /** What is uncertain if the transport ends now, but for these messages, which are certain not to have left. */
  uncertain(tail: readonly Message[]): CloseInfo['uncertain'] {
    let messages = this.messages - this.#proven.messages
    let bytes = this.bytes - this.#proven.bytes
    const { carried } = this
    for (const { data } of tail) {
      messages--
      if (data !== undefined) bytes -= cheapLength(data)
    }
    // A pong that belongs to no ping of ours proves nothing: what is in the buffer has not arrived.
    return { messages: carried.messages + Math.max(0, messages), bytes: carried.bytes + Math.max(0, bytes) }
  }

  /** The transport's life is over. `carried`: what is uncertain of it is told with the end of the next. */
  reset(carried = nothing): void {
    this.carried = carried
    this.#frames = []
    this.#proven = nothing
    this.#stuck = false
    this.#cost = this.buffered = this.messages = this.bytes = 0
  }
}
