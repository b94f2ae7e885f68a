// The way out: straight to the transport while nothing waits, else through the queue at the transport's own pace.

import { atOnce } from './deferred'
import { SocketError, type SocketErrorCode } from './errors'
import type { Options } from './options'
import type { Confirmer, ConfirmerHost } from './queue/confirmer'
import { InFlight } from './queue/in-flight'
import type { Keeper, KeeperHost } from './queue/keeper'
import { abortedWhy, Message } from './queue/message'
import { MessageQueue } from './queue/message-queue'
import { afterTimer, beginAnew, firstWait, keepLooking, nextWait } from './queue/pacing'
import { longestSleep } from './timer'
import type {
  CloseInfo,
  Environment,
  OfflineQueue,
  QueueState,
  Receipt,
  SendOptions,
  SocketState,
  WebSocketLike,
  WireData,
} from './types'
import { abortSignal, duration, flag, text, validate } from './validate'
import { byteLength, cheapLength, snapshot } from './wire-data'

/**
 * What the socket is told. `queued`: a first message has to wait. `changed`: other messages wait than before. `failed`:
 * something was thrown. `foreign`: the connection was made for another identity. `unproven`: a ping is to say what arrived.
 */
export type Tells = 'queued' | 'changed' | 'drained' | 'dropped' | 'failed' | 'foreign' | 'unproven'

/** How a message of the app becomes a frame. Throws a `SocketError`. */
type Encode = (
  message: unknown,
  confirmer: Confirmer | undefined,
  sequence: number,
  options: SendOptions | undefined,
) => WireData

/** So many are handed over in one turn of the event loop: a few milliseconds' work in a browser. */
const bytesPerTurn = 16_384
/** A message that meets so many breaks in a row at the head of what comes back is taken for their cause. */
const poisonous = 3

/** `readyState` of a transport that can send. */
const open = 1

const sendKinds = { ttl: duration, key: text, queue: flag, signal: abortSignal, unchecked: flag }

/** Sets the ids of this page, or process, apart from all others. Drawn with the first id. */
let session = ''
let senders = 0

export class Sender {
  readonly #number = senders++
  readonly #options: Options
  readonly #environment: Environment
  readonly #encode: Encode
  /** `about`: what was dropped, or thrown; or whom the pong is to be told. */
  readonly #tell: (what: Tells, about?: unknown) => void
  readonly #queue: MessageQueue
  readonly #flight: InFlight
  /** Undefined where nothing is ever confirmed. */
  readonly #confirmer: Confirmer | undefined
  /** What is kept in a store, too. */
  readonly #keeper: Keeper | undefined
  /** Whose messages go out. */
  #identity: string | undefined
  /** Without options of its own, a message has nothing to keep. */
  readonly #isPlain: boolean
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
    encode: Encode,
    tell: (what: Tells, about?: unknown) => void,
  ) {
    const { confirm, window, store, identity } = options.queue || {}
    this.#options = options
    this.#environment = environment
    this.#encode = encode
    this.#tell = tell
    this.#isPlain = !!options.queue && options.queue.ttl === Infinity && identity === undefined
    this.#confirmer = confirm?.begin({
      limits: window as ConfirmerHost['limits'],
      prefix: () => this.prefix,
      findSent: (id) => this.#queue.findSent(id),
      head: () => this.#queue.head,
      confirmed: (message) => this.#confirmed(message),
      goOn: () => this.#goOn(),
      ping: (answered) => this.#pingLater(answered),
    } satisfies ConfirmerHost)
    this.#flight = new InFlight(this)
    this.#queue = new MessageQueue(options.queue as OfflineQueue, this)
    this.#keeper = store?.keep({
      clock: environment.clock,
      owner: this,
      onLead: (leads) => {
        if (!leads) this.#paused = true
        else if (this.#transport) this.flush()
      },
      onRestored: (messages, where) => this.#restored(messages, where),
      onDone: (message, how) => this.#doneElsewhere(message, how),
      onError: (error) => this.#tell('failed', error),
    } satisfies KeeperHost)
  }

  get identity(): string | undefined {
    return this.#identity
  }

  get prefix(): string {
    session ||= this.#environment.random().toString(36).slice(2)
    return `${session}-${this.#number}-`
  }

  get confirms(): boolean {
    return !!this.#confirmer
  }

  get stores(): boolean {
    return !!this.#keeper
  }

  get confirmsBy(): 'acks' | 'pongs' | undefined {
    return (this.#options.queue || undefined)?.confirm?.by
  }

  // -------------------------------------------------------------- sending

  send(message: unknown, options?: SendOptions): Receipt {
    // A protocol knows what it says, and a request would pay a third of its cost for it.
    if (options && options.unchecked !== true) validate('send', options, sendKinds)
    if (!this.#isPlain && this.identify()) this.#tell('foreign')
    const confirmer = this.#confirmer
    const sequence = ++this.#sequence
    let id: number | string = sequence
    let data: WireData
    try {
      data = this.#encode(message, confirmer, sequence, options)
      if (confirmer) id = confirmer.id
    } catch (error) {
      return this.#refuse(message, id, error as SocketError)
    }
    if (options?.signal?.aborted) return this.#refuse(data, id, aborted())
    const transport = this.#transport
    if (transport && !this.#paused && this.#queue.ready === 0) {
      const receipt = new Message(this, id)
      if (this.#hand(transport, data, receipt)) {
        if (confirmer) receipt.size = cheapLength(data)
        if (receipt.data !== undefined && (options || !this.#isPlain)) this.#keep(receipt, options)
        this.#keeper?.keep(receipt)
        if (confirmer) {
          this.#await(confirmer, receipt)
          this.#state = undefined
          this.#tell('changed')
        }
        return receipt
      }
    }
    return this.#enqueue(data, id, options)
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
      this.#keeper?.keep(message)
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
    this.drop(message, error)
    this.#changed()
    return message
  }

  drop(message: Message, error: SocketError): void {
    const { id, data } = message
    this.#dropped++
    this.#keeper?.done(message, 'dropped')
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
      message.identity = this.#identity
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
    this.#paused = this.#queue.ready > 0 || this.#isBlocked
  }

  /** Begins with what waits. */
  flush(): void {
    if (this.#held) return
    this.#paused = this.#isBlocked
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
    const flight = this.#flight
    flight.reset(proven || this.#confirmer ? flight.carried : flight.uncertain([]))
    const unproven = this.#confirmer?.takeAll() ?? []
    // A late ack for what goes out again still counts.
    this.#takeBack(unproven)
    if (unproven.length) this.#changed()
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
  lost(died: boolean, { isSucceeded = false, isTooLarge = false } = {}): void {
    this.stop()
    const tail = this.#tail(died)
    // The next close has to tell of them: this one is not told.
    this.#flight.reset(isSucceeded && !this.#confirmer ? this.#flight.uncertain(tail) : undefined)
    const back = this.#confirmer?.takeAll() ?? tail
    const isChanged = back.length > 0
    if (isTooLarge) this.#blame(back)
    const head = this.#takeBack(back)
    if (head && died && !isTooLarge) {
      this.#breaks = head === this.#poison ? this.#breaks + 1 : 1
      this.#poison = head
      if (this.#breaks >= poisonous) {
        this.#queue.drop(head, 'POISON', 'The connection broke three times in a row with it.')
      }
    }
    if (head) this.rest(this.#resting)
    if (isChanged) this.#changed()
  }

  /** The server said that a message was too large. */
  #blame(back: Message[]): void {
    const error = new SocketError('TOO_LARGE', 'The server closed with 1009: see what it takes at most.')
    const culprit = this.#confirmer?.blame(back)
    if (!culprit) return this.#tell('failed', error)
    back.splice(back.indexOf(culprit), 1)
    this.drop(culprit, error)
  }

  /** Messages wait again, ahead of all others. Gives the first of them. */
  #takeBack(messages: readonly Message[]): Message | undefined {
    const back = messages.filter((message) => {
      if (this.#isRepeatable(message)) return true
      this.drop(message, new SocketError('UNCONFIRMED', 'The connection ended before it was confirmed.'))
      return false
    })
    // What the buffer shows has not left.
    for (const message of back) message.wasSent = this.confirms
    this.#queue.unshift(back)
    for (const message of back) if (message.signal?.aborted) message.handleEvent()
    return back[0]
  }

  #isRepeatable({ data }: Message): boolean {
    return data !== undefined && (!this.#confirmer || this.#recover !== 'never')
  }

  get #recover() {
    return (this.#options.queue as OfflineQueue).recover
  }

  /** The transport has closed: a last look at what had not left, where that can be seen. */
  closed(transport: WebSocketLike): void {
    if (transport !== this.#transport || !this.#environment.bufferOutlivesClose) return
    this.#flight.sampled(transport.bufferedAmount || 0)
  }

  uncertain(died: boolean): CloseInfo['uncertain'] {
    const tail = this.#tail(died)
    if (!this.#confirmer) return this.#flight.uncertain(tail)
    const { messages, bytes } = this.#confirmer.uncertain(tail)
    const { carried } = this.#flight
    return { messages: carried.messages + messages, bytes: carried.bytes + bytes }
  }

  /** Whether nothing of what was in the buffer has left since this was asked last. */
  isStalled(): boolean {
    return this.#flight.isStalled()
  }

  /** What is certain not to have left; or what `recover` has sent again without knowing. */
  #tail(died: boolean): Message[] {
    if (!this.#options.queue) return []
    const isBack = this.#confirmer ? died : this.#recover === 'always' || (died && this.#recover === 'died')
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
      message.data = after || this.#confirmer ? (message.data ?? snapshot(data)) : undefined
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
      if (this.#confirmer?.messages) return
      const then = this.#emptied
      this.#emptied = undefined
      return then?.()
    }
    const confirmer = this.#confirmer
    if (flight.buffered <= lowWaterMark) this.#paused = this.#isBlocked
    const before = queue.messages
    const now = before && this.#environment.clock.now()
    let handed = 0
    while (!this.#paused) {
      const message = queue.peek(now)
      if (!message || !this.#hand(transport, message.data as WireData, message)) break
      queue.remove(message)
      if (confirmer) this.#await(confirmer, message)
      else if (message.data === undefined) this.#keeper?.done(message, 'sent')
      handed += message.size
      // The app has its turns too, also where the buffer empties at once or shows nothing.
      if (handed >= Math.min(highWaterMark, bytesPerTurn)) break
    }
    const isIdle = !flight.buffered && (!queue.ready || this.#isBlocked)
    if (queue.messages !== before || isIdle) this.#wait = beginAnew(this.#wait)
    if (queue.messages !== before) this.#changed()
    if (!isIdle) return this.#watchBuffer()
    this.#paused = this.#isBlocked
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

  /** A message has left the buffer. */
  left(message: Message): void {
    if (this.#confirmer) return
    this.#keeper?.done(message, 'sent')
    message.data = undefined
  }

  /** A message was handed over, and is to be confirmed. */
  #await(confirmer: Confirmer, message: Message): void {
    confirmer.add(message)
    if (confirmer.isFull) this.#paused = true
  }

  #pingLater(answered: () => void): void {
    const transport = this.#transport
    const isSame = () => transport && transport === this.#transport
    this.#environment.clock.turn(() => {
      if (isSame()) this.#tell('unproven', () => isSame() && answered())
    })
  }

  /** What is called once it is known that all that was handed over until now has arrived. */
  mark(): () => void {
    const transport = this.#transport
    const proven = this.#flight.mark()
    const confirm = this.#confirmer?.mark()
    return () => {
      if (!transport || transport !== this.#transport) return
      proven()
      // The last sample may be older than the proof.
      this.#flight.sampled(transport.bufferedAmount || 0)
      confirm?.()
    }
  }

  /** Sees each decoded message; `true`: it was an ack, and is for nobody else. */
  receive(message: unknown): boolean {
    return !!this.#confirmer?.receive(message)
  }

  #confirmed(message: Message): void {
    this.#keeper?.done(message, 'sent')
    if (message.status === 'queued') this.#queue.remove(message)
    message.markConfirmed()
    this.#poison = undefined
  }

  /** The window may have room again, and whoever waits for the last of it be told. */
  #goOn(): void {
    if (this.#queue.ready || this.#held) this.#pump()
    else if (!this.#flight.buffered) this.#paused = this.#isBlocked
    this.#changed()
  }

  // -------------------------------------------------------------- whose it is, and where it is kept

  /** Nothing more may go out: the window is full, or another sender with the same store sends. */
  get #isBlocked(): boolean {
    return !!this.#confirmer?.isFull || this.#keeper?.leads === false
  }

  /** Asks whose messages go out from now on. Says whether that changed: then nothing goes out on this connection any more. */
  identify(): boolean {
    const { identity } = this.#options.queue || {}
    let next = this.#identity
    try {
      next = typeof identity === 'function' ? atOnce(identity()) : identity
    } catch (error) {
      this.#tell('failed', error)
    }
    if (next === this.#identity) return false
    const keeper = this.#keeper
    const isKeeping = keeper?.isOpen
    const stands = keeper?.stands
    this.stop()
    // The close is still to come, and tells of it.
    this.#flight.reset(this.uncertain(false))
    this.#takeBack(this.#confirmer?.takeAll() ?? [])
    this.#identity = next
    this.#queue.use(next)
    keeper?.stop()
    if (isKeeping) keeper?.begin(next, this.#queue.all)
    keeper?.stand(!!stands)
    this.#changed()
    return true
  }

  /** What the connection is up to decides whether messages are kept, and whether this one could send them. */
  keepFor(status: SocketState['status']): void {
    const keeper = this.#keeper
    if (!keeper) return
    if (status === 'closed') return keeper.stop()
    if (status !== 'idle' && !keeper.isOpen) {
      this.identify()
      keeper.begin(this.#identity, this.#queue.all)
    }
    keeper.stand(status === 'connecting' || status === 'waiting' || status === 'open' || status === 'closing')
  }

  #restored(messages: readonly Message[], where: 'head' | 'tail'): void {
    if (where === 'head') this.#queue.unshift(messages)
    else this.#queue.append(messages)
    this.rest(this.#resting)
    this.#changed()
    if (where === 'tail') this.#pump()
  }

  #doneElsewhere(message: Message, how: 'sent' | 'dropped'): void {
    const waited = message.status === 'queued'
    // Without acks, what this one sent itself is done with.
    if (!waited && !this.#confirmer) return
    if (waited) this.#queue.remove(message)
    else this.#confirmer?.forget(message)
    message.isKept = false
    if (how === 'dropped') {
      this.drop(message, new SocketError('STORE', 'Another sender with this store dropped it.'))
    } else {
      message.markStored()
      message.markSent()
      if (this.#confirmer) message.markConfirmed()
    }
    this.#goOn()
  }

  // -------------------------------------------------------------- what waits

  get state(): QueueState {
    const { messages, bytes } = this.#queue
    this.#state ??= { messages, bytes, unconfirmed: this.#confirmer?.messages ?? 0, dropped: this.#dropped }
    return this.#state
  }

  get isDrained(): boolean {
    return !this.#queue.ready && !this.#flight.buffered && !this.#confirmer?.messages
  }

  clear(code: SocketErrorCode, why: string): void {
    if (!this.#queue.messages) return
    this.#queue.clear(code, why)
    this.#changed()
  }

  /** Drops all that waits of an identity, in the store as well. */
  forget({ identity }: { readonly identity?: string | undefined } = { identity: this.#identity }): void {
    const before = this.#queue.messages
    this.#queue.clear('CLEARED', 'queue.clear()', { identity })
    if (this.#queue.messages !== before) this.#changed()
    this.#keeper?.clear(identity)
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
