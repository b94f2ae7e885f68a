// Who confirms messages, for one socket: puts ids into them, keeps the window, and hears acks or asks for pongs.

import { atOnce } from '../deferred'
import type { CloseInfo, Codec, WireData } from '../types'
import { byteLength } from '../wire-data'
import type { Message } from './message'
import { Window, type WindowLimits } from './window'

/** A message of an app's, as acks and pongs are told of it. */
export type MessageId = string | number
/** What an ack acknowledges: a message, several, or all that went out up to one. */
export type Acked = MessageId | readonly MessageId[] | { readonly upTo: MessageId }

/** What acks and pongs differ in. */
export interface ConfirmerOptions {
  /** The message with this id in it, or as it is where it has one of its own. Throws where it takes none. */
  readonly stamp?: (message: unknown, id: string) => unknown
  /** Where a stamped message has its id. Unknown: it has the one that it was given. */
  readonly field?: string
  /** It has none there, and takes one. */
  readonly isBare?: (message: unknown) => boolean
  /** What a decoded message acknowledges. Missing: pongs tell. */
  readonly isAck?: (message: unknown) => Acked | undefined | null | false
  /** Acks are told as messages, too. */
  readonly deliver?: boolean
}

/** What the sender does for it. */
export interface ConfirmerHost {
  readonly limits: WindowLimits
  /** Sets the ids of this sender apart from all others. */
  readonly prefix: () => string
  /** Among what was sent and waits to be sent again: the one that goes by this id, and the first. */
  readonly findSent: (id: number | string) => Message | undefined
  readonly head: () => Message | undefined
  /** A message has arrived. */
  readonly confirmed: (message: Message) => void
  /** There may be room in the window. */
  readonly goOn: () => void
  /** Sends a ping, later in this turn, and calls back once it is answered. Not, where the connection ends before. */
  readonly ping: (answered: () => void) => void
}

export class Confirmer {
  readonly #options: ConfirmerOptions
  readonly #host: ConfirmerHost
  /** What is on its way. */
  readonly #window: Window
  #prefix = ''
  /** What a JSON object with an id begins with, up to the sequence. */
  #opening = ''
  /** The id of the message that was encoded last: it may have come with its own. */
  id: number | string = 0
  /** A ping is to prove what went before it. */
  #asked = false

  constructor(options: ConfirmerOptions, host: ConfirmerHost) {
    this.#options = options
    this.#host = host
    this.#window = new Window(host.limits)
  }

  get messages(): number {
    return this.#window.messages
  }

  get isFull(): boolean {
    return this.#window.isFull
  }

  // -------------------------------------------------------------- the way out

  /** The frame of a message, with its id in it. */
  encode(message: unknown, sequence: number, codec: Codec): WireData {
    const { stamp, field, isBare } = this.#options
    this.id = sequence
    if (!stamp) return codec.encode(message)
    this.#prefix ||= this.#host.prefix()
    if (isBare?.(message)) {
      this.#opening ||= `{${JSON.stringify(field)}:"${this.#prefix}`
      const frame = codec.encodeWith?.(message as object, `${this.#opening + sequence}",`)
      if (frame !== undefined) return frame
    }
    const made = this.#prefix + sequence
    const stamped = atOnce(stamp(message, made))
    const own = field === undefined ? made : (stamped as Record<string, MessageId>)[field]
    const frame = codec.encode(stamped)
    this.id = own === made ? sequence : String(own)
    return frame
  }

  /** A message was handed over. */
  add(message: Message): void {
    this.#window.add(message)
    if (!this.#options.isAck) this.#ask()
  }

  /** One ping for all that goes out in a turn, and one at a time. */
  #ask(): void {
    if (this.#asked) return
    this.#asked = true
    this.#host.ping(() => {
      this.#asked = false
      if (this.messages) this.#ask()
    })
  }

  // -------------------------------------------------------------- what has arrived

  /** Sees each decoded message; `true`: it was an ack, and is for nobody else. */
  receive(message: unknown): boolean {
    const { isAck, deliver } = this.#options
    const acked = isAck && atOnce(isAck(message))
    if (acked === undefined || acked === null || acked === false) return false
    try {
      if (Array.isArray(acked)) for (const id of acked) this.#confirm(this.#find(id))
      else if (isId(acked)) this.#confirm(this.#find(acked))
      else this.#confirmUpTo(this.#find((acked as { upTo: unknown }).upTo))
    } finally {
      this.#host.goOn()
    }
    return !deliver
  }

  /** Called with each ping; what it gives is called with its pong, if that came on the same connection. */
  mark(): (() => void) | undefined {
    if (this.#options.isAck) return undefined
    const { last } = this.#window
    return () => {
      // It may be confirmed already, by the pong to a ping that went out with this one.
      if (last?.status !== 'sent') return
      this.#confirmUpTo(last)
      this.#host.goOn()
    }
  }

  /** Also one that waits to be sent again. */
  #find(acked: unknown): Message | undefined {
    if (!isId(acked)) throw new TypeError('isAck must give an id, ids, { upTo: id } or undefined.')
    const name = String(acked)
    this.#prefix ||= this.#host.prefix()
    const prefix = this.#prefix
    // The app may have sent a message once more, with the id that it had.
    return (
      (name.startsWith(prefix) && this.#findNamed(Number(name.slice(prefix.length)))) || this.#findNamed(name)
    )
  }

  #findNamed(id: number | string): Message | undefined {
    return this.#window.find(id) ?? this.#host.findSent(id)
  }

  #confirmUpTo(last: Message | undefined): void {
    if (!last) return
    // What came back is behind what went out again.
    for (let { first } = this.#window; first; first = this.#window.first) {
      this.#confirm(first)
      if (first === last) return
    }
    while (last.status === 'queued') this.#confirm(this.#host.head())
  }

  #confirm(message: Message | undefined): void {
    if (!message) return
    this.forget(message)
    this.#host.confirmed(message)
  }

  /** Nobody waits for an ack of it any more. */
  forget(message: Message): void {
    if (message.status === 'sent') this.#window.remove(message)
  }

  // -------------------------------------------------------------- the end of a connection

  /** Nothing more is known of what went out: all of that, in order. */
  takeAll(): Message[] {
    this.#asked = false
    return this.#window.takeAll()
  }

  uncertain(tail: readonly Message[]): CloseInfo['uncertain'] {
    return this.#window.uncertain(tail)
  }

  /** A connection ended because a message was too large: that must be the largest. */
  blame(messages: readonly Message[]): Message | undefined {
    let largest: Message | undefined
    let most = -1
    for (const message of messages) {
      const bytes = message.data === undefined ? message.size : byteLength(message.data)
      if (bytes <= most) continue
      most = bytes
      largest = message
    }
    return largest
  }
}

const isId = (value: unknown): value is MessageId => typeof value === 'string' || typeof value === 'number'
