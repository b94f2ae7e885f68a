// One message on its way, which is also the receipt that its sender holds: a single object, since 100 000 may wait.

import { type Deferred, deferred, quiet } from '../deferred'
import { SocketError, type SocketErrorCode } from '../errors'
import type { Receipt, WireData } from '../types'

/** Whom a message belongs to. */
export interface MessageOwner {
  /** Sets the ids of this socket apart from all others. */
  readonly prefix: string
  cancel(message: Message, code?: SocketErrorCode, why?: string): boolean
}

export const abortedWhy = 'Its signal was aborted.'

export class Message implements Receipt {
  status: Receipt['status'] = 'queued'
  /** Set as long as it may still have to be sent. */
  data: WireData | undefined
  /** Payload in bytes; 0 as long as it has not waited. */
  size: number
  key: string | undefined
  /** ms since the epoch; undefined: never. */
  expiresAt: number | undefined
  /** Its abort drops the message where it waits. */
  signal: AbortSignal | undefined
  /** Neighbours in the queue: it is a ring that begins and ends with the queue itself. */
  previous: Link | undefined
  next: Link | undefined
  readonly #owner: MessageOwner
  readonly #sequence: number
  /** The promise that was read, or why the message was dropped. */
  #outcome: Deferred | SocketError | undefined

  constructor(
    owner: MessageOwner,
    sequence: number,
    data?: WireData | undefined,
    size = 0,
    key?: string | undefined,
    expiresAt?: number | undefined,
  ) {
    this.#owner = owner
    this.#sequence = sequence
    this.data = data
    this.size = size
    this.key = key
    this.expiresAt = expiresAt
  }

  get id(): string {
    return this.#owner.prefix + this.#sequence
  }

  get sent(): Promise<void> {
    if (this.#outcome instanceof SocketError) return quiet(Promise.reject(this.#outcome))
    if (!this.#outcome) {
      this.#outcome = deferred()
      if (this.status !== 'queued') this.#outcome.resolve()
    }
    return this.#outcome.promise
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
    ;(this.#outcome as Deferred | undefined)?.resolve()
  }

  markDropped(error: SocketError): void {
    this.status = 'dropped'
    this.data = undefined
    if (this.#outcome) (this.#outcome as Deferred).reject(error)
    else this.#outcome = error
  }
}

/** What stands in a ring. */
export interface Link {
  previous: Link | undefined
  next: Link | undefined
}
