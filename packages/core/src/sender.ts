// The way out: straight to the transport while nothing waits, else through the queue at the transport's own pace.

import { atOnce } from './deferred'
import { SocketError, type SocketErrorCode } from './errors'
import type { Options } from './options'
import { InFlight } from './queue/in-flight'
import { abortedWhy, Message } from './queue/message'
import { MessageQueue } from './queue/message-queue'
import { afterTimer, beginAnew, firstWait, keepLooking, nextWait } from './queue/pacing'
import { Window, type WindowLimits } from './queue/window'
import { longestSleep } from './timer'
import type {
  CloseInfo,
  Confirmation,
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
export type Tell = (
  what: 'queued' | 'changed' | 'drained' | 'dropped' | 'failed',
  drop?: Drop | SocketError,
) => void

/** `stamp` gives what is encoded in the place of a message of the app. */
type Encode = (message: unknown, stamp?: (message: unknown) => unknown) => WireData

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
  #prefix = ''
  readonly #options: Options
  readonly #environment: Environment
  /** Throws a `SocketError` for what cannot be encoded. */
  readonly #encode: Encode
  readonly #tell: Tell
  /** Sends a ping. */
  readonly #ping: () => void
  readonly #queue: MessageQueue
  readonly #flight: InFlight
  readonly #confirmation: Confirmation | undefined
  /** What is unconfirmed; undefined where nothing is ever confirmed. */
  readonly #window: Window | undefined
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
  /** A ping is to prove what went before it. */
  #asked = false

  constructor(options: Options, environment: Environment, encode: Encode, tell: Tell, ping: () => void) {
    const { confirm, window } = options.queue || {}
    this.#options = options
    this.#environment = environment
    this.#encode = encode
    this.#tell = tell
    this.#ping = ping
    this.#confirmation = confirm
    this.#window = confirm && new Window(window as WindowLimits)
    this.#flight = new InFlight((message) => {
      if (!this.#window) message.data = undefined
    })
    this.#queue = new MessageQueue(options.queue as OfflineQueue, (message, error) =>
      this.#drop(message, error),
    )
  }

  get prefix(): string {
    session ||= this.#environment.random().toString(36).slice(2)
    this.#prefix ||= `${session}-${this.#number}-`
    return this.#prefix
  }

  get confirms(): boolean {
    return !!this.#confirmation
  }

  get wantsPongs(): boolean {
    return this.#confirmation?.by === 'pongs'
  }

  // -------------------------------------------------------------- sending

  send(message: unknown, options?: SendOptions): Receipt {
    if (options) validate('send', options, sendKinds)
    const stamp = this.#confirmation?.stamp
    let id: number | string = ++this.#sequence
    let data: WireData
    try {
      if (stamp) [data, id] = this.#stamped(message, id, stamp)
      else data = this.#encode(message)
    } catch (error) {
      return this.#refuse(message, id, error as SocketError)
    }
    if (options?.signal?.aborted) return this.#refuse(data, id, aborted())
    const transport = this.#transport
    if (transport && !this.#paused && this.#queue.messages === 0) {
      const receipt = new Message(this, id)
      if (this.#hand(transport, data, receipt)) {
        if (receipt.data !== undefined) this.#keep(receipt, options)
        if (this.#window) this.#await(this.#window, receipt)
        return receipt
      }
    }
    return this.#enqueue(data, id, options)
  }

  /** The frame of a message with its id in it, and that id: the message may have come with its own. */
  #stamped(
    message: unknown,
    sequence: number,
    stamp: NonNullable<Confirmation['stamp']>,
  ): [WireData, number | string] {
    const { field } = this.#confirmation as Confirmation
    let own: number | string = sequence
    const data = this.#encode(message, (parsed) => {
      const made = this.prefix + sequence
      const stamped = atOnce(stamp(parsed, made)) as Record<string, unknown>
      const id = field === undefined ? made : String(stamped[field])
      if (id !== made) own = id
      return stamped
    })
    return [data, own]
  }

  /** Sends a frame of the protocol itself, past everything that waits. */
  sendControl(transport: WebSocketLike, data: WireData): void {
    if (transport === this.#transport) this.#hand(transport, data, undefined)
    // The books are those of the transport that messages go to. One that is gone is told nothing.
    else if (transport.readyState === open) transport.send(data)
  }

  #enqueue(data: WireData, id: number | string, options: SendOptions = {}): Receipt {
    if (!this.#options.queue || options.queue === false) {
      return this.#refuse(
        data,
        id,
        this.#transport
          ? new SocketError('QUEUE_FULL', 'It would have to wait.')
          : new SocketError('NOT_OPEN', 'The socket is not open.'),
      )
    }
    const message = new Message(this, id, snapshot(data), byteLength(data))
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

  #refuse(data: unknown, id: number | string, error: SocketError): Receipt {
    const message = new Message(this, id, data as WireData)
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
    const uncertain = this.#flight.uncertain([])
    this.#flight.reset()
    if (!proven) Object.assign(this.#flight, uncertain)
    // A late ack for one of them still counts.
    if (this.#window) this.#takeBack(this.#window.takeAll())
    this.#asked = false
    this.#transport = transport
    this.hold()
  }

  /** Nothing more goes out. */
  stop(): void {
    this.#transport = undefined
    this.#held = false
    this.#watch++
    this.#watching = false
    this.#asked = false
    this.#environment.clock.clearTimeout(this.#watchTimer)
  }

  /** The transport is gone. `died`: by itself, so that what was still in its buffer never left and waits again. `isSucceeded`: another takes over. */
  lost(died: boolean, { isSucceeded = false, isTooLarge = false } = {}): void {
    this.stop()
    const tail = this.#tail(died)
    const uncertain = this.#flight.uncertain(tail)
    this.#flight.reset()
    // The next close has to tell of them: this one is not told.
    if (isSucceeded) Object.assign(this.#flight, uncertain)
    const back = this.#window?.takeAll() ?? tail
    if (isTooLarge) this.#blame(back)
    const head = this.#takeBack(back)
    if (head && died) {
      this.#breaks = head === this.#poison ? this.#breaks + 1 : 1
      this.#poison = head
      if (this.#breaks >= poisonous) {
        this.#queue.drop(head, 'POISON', 'The connection broke three times in a row with it.')
      }
    }
    if (head) this.rest(this.#resting)
    if (head || this.#window) this.#changed()
  }

  /** The server said that a message was too large: that must be the largest. */
  #blame(back: Message[]): void {
    const largest = back.reduce<Message | undefined>(
      (most, message) => (most && cost(most) >= cost(message) ? most : message),
      undefined,
    )
    const error = new SocketError('TOO_LARGE', 'The server closed with 1009: see what it takes at most.')
    if (!this.#window || !largest) return this.#tell('failed', error)
    back.splice(back.indexOf(largest), 1)
    this.#drop(largest, error)
  }

  /** Messages wait again, ahead of all others. Gives the first of them. */
  #takeBack(messages: readonly Message[]): Message | undefined {
    const back = messages.filter((message) => {
      if (message.data !== undefined && (!this.#window || this.#recover !== 'never')) return true
      this.#drop(message, new SocketError('UNCONFIRMED', 'The connection ended before it was confirmed.'))
      return false
    })
    for (const message of back) {
      message.size ||= byteLength(message.data as WireData)
      // What the buffer shows has not left.
      message.wasSent = !!this.#window
    }
    this.#queue.unshift(back)
    for (const message of back) if (message.signal?.aborted) message.handleEvent()
    return back[0]
  }

  get #recover() {
    return (this.#options.queue as OfflineQueue).recover
  }

  uncertain(died: boolean): CloseInfo['uncertain'] {
    const tail = this.#tail(died)
    return (this.#window ?? this.#flight).uncertain(tail)
  }

  /** Whether nothing of what was in the buffer has left since this was asked last. */
  isStalled(): boolean {
    return this.#flight.isStalled()
  }

  /** What is certain not to have left; or what `recover` has sent again without knowing. */
  #tail(died: boolean): Message[] {
    if (!this.#options.queue) return []
    const isBack = this.#window ? died : this.#recover === 'always' || (died && this.#recover === 'died')
    return isBack ? this.#flight.tail() : []
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
      message.data = after || this.#window ? (message.data ?? snapshot(data)) : undefined
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
      // What is to be confirmed by acks has only left. The ack comes back here.
      if (this.#window?.messages) return
      const then = this.#emptied
      this.#emptied = undefined
      return then?.()
    }
    const window = this.#window
    if (flight.buffered <= lowWaterMark) this.#paused = !!window?.isFull
    const before = queue.messages
    const now = before && this.#environment.clock.now()
    let handed = 0
    while (!this.#paused) {
      const message = queue.peek(now)
      if (!message || !this.#hand(transport, message.data as WireData, message)) break
      queue.remove(message)
      if (window) this.#await(window, message)
      handed += message.size
      // The app has its turns too, also where the buffer empties at once or shows nothing.
      if (handed >= Math.min(highWaterMark, bytesPerTurn)) break
    }
    const isIdle = !flight.buffered && (!queue.messages || window?.isFull)
    if (queue.messages !== before || isIdle) this.#wait = beginAnew(this.#wait)
    if (queue.messages !== before) this.#changed()
    if (!isIdle) return this.#watchBuffer()
    this.#paused = !!window?.isFull
    if (this.isDrained) this.#tell('drained')
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

  // -------------------------------------------------------------- what is not confirmed yet

  /** A message was handed over, and is to be confirmed. */
  #await(window: Window, message: Message): void {
    window.add(message)
    if (window.isFull) this.#paused = true
    if (this.wantsPongs) this.#askForProof()
  }

  /** One ping for all that goes out in this turn, and one at a time. */
  #askForProof(): void {
    if (this.#asked) return
    this.#asked = true
    const transport = this.#transport
    this.#environment.clock.turn(() => {
      if (transport && transport === this.#transport) this.#ping()
    })
  }

  /** What is called once it is known that all that was handed over until now has arrived. */
  mark(): () => void {
    const transport = this.#transport
    const proven = this.#flight.mark()
    const last = this.#window?.last
    return () => {
      if (!transport || transport !== this.#transport) return
      proven()
      // The last sample may be older than the proof.
      this.#flight.sampled(transport.bufferedAmount || 0)
      if (!this.wantsPongs || !this.#window) return
      this.#asked = false
      if (last) this.#confirmUpTo(last)
      this.#goOn()
      if (this.#window.messages) this.#askForProof()
    }
  }

  /** Sees each decoded message; `true`: it was an ack, and is for nobody else. */
  receive(message: unknown): boolean {
    const confirmation = this.#confirmation
    if (!confirmation?.isAck) return false
    const acked = atOnce(confirmation.isAck(message))
    if (acked === undefined || acked === null || acked === false) return false
    if (isId(acked)) this.#confirm(this.#find(acked))
    else if (Array.isArray(acked)) for (const id of acked) this.#confirm(this.#find(id))
    else this.#confirmUpTo(this.#find((acked as { upTo: unknown }).upTo))
    this.#goOn()
    return !confirmation.deliver
  }

  /** Also one that was sent, and waits to be sent again. */
  #find(acked: unknown): Message | undefined {
    if (!isId(acked)) throw new TypeError('isAck must give an id, ids, { upTo: id } or undefined.')
    const name = String(acked)
    const id = name.startsWith(this.prefix) ? Number(name.slice(this.prefix.length)) : name
    return this.#window?.find(id) ?? this.#queue.findSent(id)
  }

  #confirmUpTo(last: Message | undefined): void {
    if (!last) return
    // What came back is behind what went out again.
    for (let first = this.#window?.first; first; first = this.#window?.first) {
      this.#confirm(first)
      if (first === last) return
    }
    while (last.status === 'queued') this.#confirm(this.#queue.head)
  }

  #confirm(message: Message | undefined): void {
    if (!message) return
    const waits = message.status === 'queued'
    if (waits) this.#queue.remove(message)
    else this.#window?.remove(message)
    message.markConfirmed()
    this.#poison = undefined
    if (waits) this.#changed()
  }

  /** The window may have room again, and whoever waits for the last of it be told. */
  #goOn(): void {
    if (this.#queue.messages || this.#held) this.#pump()
    else if (!this.#flight.buffered) this.#paused = false
    if (this.isDrained) this.#tell('drained')
  }

  // -------------------------------------------------------------- what waits

  get state(): QueueState {
    const { messages, bytes } = this.#queue
    this.#state ??= { messages, bytes, dropped: this.#dropped }
    return this.#state
  }

  get isDrained(): boolean {
    return !this.#queue.messages && !this.#flight.buffered && !this.#window?.messages
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
const isId = (value: unknown): value is string | number =>
  typeof value === 'string' || typeof value === 'number'
const cost = ({ data }: Message) => (data === undefined ? 0 : cheapLength(data))
