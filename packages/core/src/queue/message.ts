// One message on its way, which is also the receipt that its sender holds: a single object, since 100 000 may wait.

import { type Deferred, deferred, quiet } from '../deferred'
import { SocketError, type SocketErrorCode } from '../errors'
import type { Receipt, WireData } from '../types'
import type { Link } from './ring'

/** Whom a message belongs to. */
export interface MessageOwner {
  /** Sets the ids of this socket apart from all others. */
  readonly prefix: string
  /** Whether anybody says that a message arrived. */
  readonly confirms: boolean
  /** Whether messages are kept in a store. */
  readonly stores: boolean
  cancel(message: Message, code?: SocketErrorCode, why?: string): boolean
}

export const abortedWhy = 'Its signal was aborted.'

export class Message implements Receipt {
  status: Receipt['status'] = 'queued'
  /** Set as long as it may still have to be sent. */
  data: WireData | undefined
  /** Payload in bytes. Text that has not waited counts by its UTF-16 length, where it counts at all. */
  size: number
  /** It was handed to a transport once: it may have arrived, whatever became of that. */
  wasSent = false
  /** What few messages have: an object of its own, since all others cost less for it. */
  #terms: Terms | undefined
  /** Neighbours in the queue or in the window. */
  previous: Link | undefined
  next: Link | undefined
  readonly #owner: MessageOwner
  /** Numbers are this sender's own: they are made unique when they are shown. */
  readonly #id: number | string
  /** The promises that were read, or why the message was dropped. */
  #outcome: Promises | SocketError | undefined

  constructor(
    owner: MessageOwner,
    id: number | string,
    data?: WireData | undefined,
    size = 0,
    key?: string | undefined,
    expiresAt?: number | undefined,
  ) {
    this.#owner = owner
    this.#id = id
    this.data = data
    this.size = size
    if (key !== undefined) this.key = key
    if (expiresAt !== undefined) this.expiresAt = expiresAt
  }

  get key(): string | undefined {
    return this.#terms?.key
  }
  set key(key: string | undefined) {
    this.#set('key', key)
  }

  /** ms since the epoch; undefined: never. */
  get expiresAt(): number | undefined {
    return this.#terms?.expiresAt
  }
  set expiresAt(at: number | undefined) {
    this.#set('expiresAt', at)
  }

  /** Its abort drops the message where it waits. */
  get signal(): AbortSignal | undefined {
    return this.#terms?.signal
  }
  set signal(signal: AbortSignal | undefined) {
    this.#set('signal', signal)
  }

  /** Whose it is. */
  get identity(): string | undefined {
    return this.#terms?.identity
  }
  set identity(identity: string | undefined) {
    this.#set('identity', identity)
  }

  /** A store has it, or is about to. */
  get isKept(): boolean {
    return !!this.#terms?.isKept
  }
  set isKept(kept: boolean) {
    this.#set('isKept', kept)
  }

  get isStored(): boolean {
    return !!this.#terms?.isStored
  }

  #set<K extends keyof Terms>(term: K, value: Terms[K]): void {
    if (!this.#terms && (value === undefined || value === false)) return
    this.#terms ??= { ...noTerms }
    this.#terms[term] = value
  }

  get id(): string {
    return typeof this.#id === 'number' ? this.#owner.prefix + this.#id : this.#id
  }

  isNamed(id: number | string): boolean {
    return this.#id === id
  }

  get sent(): Promise<void> {
    return this.#promise('sent', this.status !== 'queued')
  }

  get confirmed(): Promise<void> {
    if (!this.#owner.confirms) {
      throw new SocketError('INVALID_OPTION', 'Nothing is confirmed without offlineQueue({ confirm }).')
    }
    return this.#promise('confirmed', this.status === 'confirmed')
  }

  get stored(): Promise<void> {
    if (!this.#owner.stores) {
      throw new SocketError('INVALID_OPTION', 'Nothing is stored without offlineQueue({ store }).')
    }
    return this.#promise('stored', this.isStored)
  }

  cancel(): boolean {
    return this.#owner.cancel(this)
  }

  /** Its signal was aborted: a message is the listener itself, from when it waits until it does no longer. */
  handleEvent(): void {
    this.#owner.cancel(this, 'ABORTED', abortedWhy)
  }

  markSent(): void {
    this.status = 'sent'
    this.wasSent = true
    ;(this.#outcome as Promises | undefined)?.sent?.resolve()
  }

  markConfirmed(): void {
    this.status = 'confirmed'
    this.data = undefined
    const promises = this.#outcome as Promises | undefined
    promises?.sent?.resolve()
    promises?.confirmed?.resolve()
  }

  markStored(): void {
    this.#set('isStored', true)
    ;(this.#outcome as Promises | undefined)?.stored?.resolve()
  }

  markDropped(error: SocketError): void {
    const promises = this.#outcome as Promises | undefined
    this.status = 'dropped'
    this.data = undefined
    this.#outcome = error
    promises?.sent?.reject(error)
    promises?.confirmed?.reject(error)
    promises?.stored?.reject(error)
  }

  /** Made when it is first read. */
  #promise(which: keyof Promises, isFulfilled: boolean): Promise<void> {
    if (this.#outcome instanceof SocketError) return quiet(Promise.reject(this.#outcome))
    this.#outcome ??= {}
    let promise = this.#outcome[which]
    if (!promise) {
      promise = deferred()
      this.#outcome[which] = promise
      if (isFulfilled) promise.resolve()
    }
    return promise.promise
  }
}

interface Promises {
  sent?: Deferred
  confirmed?: Deferred
  stored?: Deferred
}

interface Terms {
  key: string | undefined
  expiresAt: number | undefined
  signal: AbortSignal | undefined
  identity: string | undefined
  isKept: boolean
  isStored: boolean
}

const noTerms: Terms = {
  key: undefined,
  expiresAt: undefined,
  signal: undefined,
  identity: undefined,
  isKept: false,
  isStored: false,
}
