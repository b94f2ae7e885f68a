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
  key: string | undefined
  /** Whose it is. */
  identity: string | undefined
  /** ms since the epoch; undefined: never. */
  expiresAt: number | undefined
  /** Its abort drops the message where it waits. */
  signal: AbortSignal | undefined
  /** It was handed to a transport once: it may have arrived, whatever became of that. */
  wasSent = false
  /** A store has it, or is about to. */
  isKept = false
  isStored = false
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
    this.key = key
    this.expiresAt = expiresAt
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
    this.isStored = true
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
