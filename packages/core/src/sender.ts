// The way out: straight to the transport while nothing waits, else through the queue at the transport's own pace.

import { SocketError, type SocketErrorCode } from './errors'
import type { Options } from './options'
import { InFlight } from './queue/in-flight'
import { abortedWhy, Message } from './queue/message'
import { MessageQueue } from './queue/message-queue'
import { afterTimer, beginAnew, firstWait, keepLooking, nextWait } from './queue/pacing'
import { longestSleep } from './timer'
import type {
  CloseInfo,
  Drop,
  Environment,
  OfflineQueue,
  QueueState,
  Receipt,
  SendOptions,
  WebSocketLike,
  WireData,
} from './types'
import { abortSignal, duration, flag, text, validate } from './validate'
import { byteLength, cheapLength, snapshot } from './wire-data'

/** What the socket is told. `queued`: a first message has to wait. `changed`: other messages wait than before. */
export type Tell = (what: 'queued' | 'changed' | 'drained' | 'dropped', drop?: Drop) => void

/** So many are handed over in one turn of the event loop: a few milliseconds' work in a browser. */
const bytesPerTurn = 16_384
/** A message that meets so many breaks in a row at the head of what comes back is taken for their cause. */
const poisonous = 3

/** `readyState` of a transport that can send. */
const open = 1

const sendKinds = { ttl: duration, key: text, queue: flag, signal: abortSignal }

/** Sets the ids of this page, or process, apart from all others. Drawn with the first id. */
let session = ''
let senders = 0

export class Sender {
  readonly #number = senders++
  readonly #options: Options
  readonly #environment: Environment
  /** Throws a `SocketError` for what cannot be encoded. */
  readonly #encode: (message: unknown) => WireData
  readonly #tell: Tell
  readonly #queue: MessageQueue
  readonly #flight = new InFlight()
  /** Where messages may go: set from acceptance to the end of the connection. */
  #transport: WebSocketLike | undefined
  /** The buffer reached the high-water mark and is not yet back at the low one; or the flush on open is to come. */
  #paused = false
  /** Nothing goes out before more is known of the transport. */
  #held = false
  /** Who waits for an empty buffer meanwhile. */
  #emptied: (() => void) | undefined
  #sequence = 0
  #dropped = 0
  #state: QueueState | undefined
  #wait = firstWait
  /** A look at the buffer is due. A turn cannot be taken back, so one that was is known by its number. */
  #watching = false
  #watch = 0
  #watchTimer: unknown
  #expiryTimer: unknown
  #expiryDue = Infinity
  #resting = true
  #poison: Message | undefined
  #breaks = 0

  constructor(
    options: Options,
    environment: Environment,
    encode: (message: unknown) => WireData,
    tell: Tell,
  ) {
    this.#options = options
    this.#environment = environment
    this.#encode = encode
    this.#tell = tell
    this.#queue = new MessageQueue(options.queue as OfflineQueue, (message, error) =>
      this.#drop(message, error),
    )
  }

  get prefix(): string {
    session ||= this.#environment.random().toString(36).slice(2)
    return `${session}-${this.#number}-`
  }

  // -------------------------------------------------------------- sending

  send(message: unknown, options?: SendOptions): Receipt {
    if (options) validate('send', options, sendKinds)
    let data: WireData
    try {
      data = this.#encode(message)
    } catch (error) {
      return this.#refuse(message, error as SocketError)
    }
    if (options?.signal?.aborted) return this.#refuse(data, aborted())
    const transport = this.#transport
    if (transport && !this.#paused && this.#queue.messages === 0) {
      const receipt = new Message(this, ++this.#sequence)
      if (this.#hand(transport, data, receipt)) {
        if (receipt.data !== undefined) this.#keep(receipt, options)
        return receipt
      }
    }
    return this.#enqueue(data, options)
  }

  /** Sends a frame of the protocol itself, past everything that waits. */
  sendControl(transport: WebSocketLike, data: WireData): void {
    if (transport === this.#transport) this.#hand(transport, data, undefined)
    // The books are those of the transport that messages go to. One that is gone is told nothing.
    else if (transport.readyState === open) transport.send(data)
  }

  #enqueue(data: WireData, options: SendOptions = {}): Receipt {
    if (!this.#options.queue || options.queue === false) {
      return this.#refuse(
        data,
        this.#transport
          ? new SocketError('QUEUE_FULL', 'It would have to wait.')
          : new SocketError('NOT_OPEN', 'The socket is not open.'),
      )
    }
    const message = new Message(this, ++this.#sequence, snapshot(data))
    this.#keep(message, options)
    this.#queue.push(message, this.#environment.clock)
    if (message.status === 'queued') {
      this.#armExpiry(message.expiresAt)
      // Open and not paused: the native send threw. It is tried again.
      if (this.#transport && !this.#held) this.#watchBuffer()
      if (this.#queue.messages === 1) this.#tell('queued')
    }
    this.#changed()
    return message
  }

  #refuse(data: unknown, error: SocketError): Receipt {
    const message = new Message(this, ++this.#sequence, data as WireData)
    this.#drop(message, error)
    this.#changed()
    return message
  }

  #drop(message: Message, error: SocketError): void {
    const { id, data } = message
    this.#dropped++
    message.markDropped(error)
    this.#tell('dropped', { id, data, error })
  }

  cancel(message: Message, code: SocketErrorCode = 'CANCELLED', why = 'cancel() took it back.'): boolean {
    const dropped = this.#queue.drop(message, code, why)
    if (dropped) this.#changed()
    return dropped
  }

  /** What it takes to wait: noted when a message waits, or may have to. */
  #keep(message: Message, { ttl, key, signal, queue }: SendOptions = {}): void {
    const { queue: limits } = this.#options
    // Now or never: it does not come back.
    if (!limits || queue === false) message.data = undefined
    else {
      ttl ??= limits.ttl
      message.size = byteLength(message.data as WireData)
      message.key = key
      message.signal = signal
      if (ttl < Infinity) message.expiresAt = this.#environment.clock.now() + ttl
    }
  }

  // -------------------------------------------------------------- the transport

  /** The gate is open. What waits goes first: see `flush`. */
  open(transport: WebSocketLike): void {
    this.#transport = transport
    this.#held = false
    this.#paused = this.#queue.messages > 0
  }

  /** Begins with what waits. */
  flush(): void {
    if (this.#held) return
    this.#paused = false
    this.#pump()
  }

  /** Messages wait, for the time being. Without a queue there is nowhere to wait. `then`: once the buffer is empty. */
  hold(then?: () => void): void {
    this.#held = true
    if (this.#options.queue) this.#paused = true
    this.#emptied = then
    if (then) this.#pump()
  }

  /** They go on. */
  resume(): void {
    if (!this.#held) return
    this.#held = false
    // Not past the high-water mark: that they waited does not empty the buffer.
    this.#pump()
  }

  /** They will go on, on another transport: see `resume`. `proven`: all that went over the one before has arrived. */
  swap(transport: WebSocketLike, proven: boolean): void {
    const { messages, bytes } = this.#flight
    this.#flight.reset()
    if (!proven) Object.assign(this.#flight, { messages, bytes })
    this.#transport = transport
    this.hold()
  }

  /** Nothing more goes out. */
  stop(): void {
    this.#transport = undefined
    this.#held = false
    this.#watch++
    this.#watching = false
    this.#environment.clock.clearTimeout(this.#watchTimer)
  }

  /** The transport is gone. `died`: by itself, so that what was still in its buffer never left and waits again. `isSucceeded`: another takes over. */
  lost(died: boolean, isSucceeded = false): void {
    this.stop()
    const tail = this.#tail(died)
    const { messages, bytes } = this.#flight.uncertain(tail)
    this.#flight.reset()
    // The next close has to tell of them: this one is not told.
    if (isSucceeded) Object.assign(this.#flight, { messages, bytes })
    const head = tail[0]
    if (!head) return
    this.#queue.unshift(tail)
    for (const message of tail) if (message.signal?.aborted) message.handleEvent()
    this.#breaks = head === this.#poison ? this.#breaks + 1 : 1
    this.#poison = head
    if (this.#breaks >= poisonous) {
      this.#queue.drop(head, 'POISON', 'The connection broke three times in a row with it.')
    }
    this.rest(this.#resting)
    this.#changed()
  }

  uncertain(died: boolean): CloseInfo['uncertain'] {
    return this.#flight.uncertain(this.#tail(died))
  }

  /** Whether nothing of what was in the buffer has left since this was asked last. */
  isStalled(): boolean {
    return this.#flight.isStalled()
  }

  #tail(died: boolean): Message[] {
    return died ? this.#flight.tail() : []
  }

  /** Hands one frame over and notes what it did to the buffer. Says whether the platform took it. */
  #hand(transport: WebSocketLike, data: WireData, message: Message | undefined): boolean {
    const flight = this.#flight
    // An empty buffer is still empty: nobody else writes to it.
    const before = flight.buffered && transport.bufferedAmount
    try {
      transport.send(data)
    } catch {
      return false
    }
    const after = transport.bufferedAmount || 0
    if (message) {
      flight.messages++
      flight.bytes += cheapLength(data)
      message.markSent()
      message.data = after ? (message.data ?? snapshot(data)) : undefined
    }
    // Also where the buffer ran dry before this frame: then all that was in it has left.
    if (after || flight.buffered) {
      flight.add(message, before, after)
      if (after >= this.#options.highWaterMark) this.#paused = true
      if (after) this.#watchBuffer()
    }
    return true
  }

  /** Hands over what waits, up to the high-water mark, and comes back when the buffer is at the low one. */
  #pump(): void {
    const transport = this.#transport
    if (!transport) return
    const queue = this.#queue
    const flight = this.#flight
    const { highWaterMark, lowWaterMark } = this.#options
    const { buffered } = flight
    flight.sampled(transport.bufferedAmount || 0)
    if (flight.buffered < buffered) this.#wait = keepLooking(this.#wait)
    if (this.#held) {
      if (flight.buffered) return this.#watchBuffer()
      const then = this.#emptied
      this.#emptied = undefined
      return then?.()
    }
    if (flight.buffered <= lowWaterMark) this.#paused = false
    const before = queue.messages
    const now = before && this.#environment.clock.now()
    let handed = 0
    while (!this.#paused) {
      const message = queue.peek(now)
      if (!message || !this.#hand(transport, message.data as WireData, message)) break
      queue.remove(message)
      handed += message.size
      // The app has its turns too, also where the buffer empties at once or shows nothing.
      if (handed >= Math.min(highWaterMark, bytesPerTurn)) break
    }
    if (queue.messages !== before || this.isDrained) this.#wait = beginAnew(this.#wait)
    if (queue.messages !== before) this.#changed()
    if (!this.isDrained) return this.#watchBuffer()
    this.#paused = false
    this.#tell('drained')
  }

  /** Looks at the buffer again later: there is no event for it. */
  #watchBuffer(): void {
    if (this.#watching) return
    this.#watching = true
    const { clock } = this.#environment
    const watch = ++this.#watch
    const [wait, next] = nextWait(this.#wait)
    this.#wait = wait
    const look = () => {
      if (watch !== this.#watch) return
      this.#watching = false
      this.#pump()
    }
    if (next === 'turn') return clock.turn(look)
    const dueAt = clock.now() + next
    this.#watchTimer = clock.setTimeout(() => {
      this.#wait = afterTimer(wait, clock.now() - dueAt)
      look()
    }, next)
  }

  // -------------------------------------------------------------- what waits

  get state(): QueueState {
    const { messages, bytes } = this.#queue
    this.#state ??= { messages, bytes, dropped: this.#dropped }
    return this.#state
  }

  get isDrained(): boolean {
    return !this.#queue.messages && !this.#flight.buffered
  }

  clear(code: SocketErrorCode, why: string): void {
    if (!this.#queue.messages) return
    this.#queue.clear(code, why)
    this.#changed()
  }

  /** While the socket rests no timer runs: what expires meanwhile is dropped when it wakes. */
  rest(resting: boolean): void {
    const { clock } = this.#environment
    this.#resting = resting
    clock.clearTimeout(this.#expiryTimer)
    this.#expiryDue = Infinity
    if (resting) return
    const before = this.#queue.messages
    this.#armExpiry(this.#queue.expire(clock.now()))
    if (this.#queue.messages !== before) this.#changed()
  }

  #armExpiry(at = Infinity): void {
    if (this.#resting || at >= this.#expiryDue) return
    const { clock } = this.#environment
    clock.clearTimeout(this.#expiryTimer)
    this.#expiryDue = at
    // The sweep looks at all that waits: with very many it comes a little late rather than at every millisecond.
    const delay = Math.max(at - clock.now(), this.#queue.messages / 1_000)
    this.#expiryTimer = clock.setTimeout(() => this.rest(false), Math.min(delay, longestSleep))
  }

  #changed(): void {
    this.#state = undefined
    this.#tell('changed')
    if (this.isDrained) this.#tell('drained')
  }
}

const aborted = () => new SocketError('ABORTED', abortedWhy)
