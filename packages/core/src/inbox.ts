// Messages that wait to be received, one reader or several, in order.

import { type Deferred, deferred } from './deferred'
import { SocketError } from './errors'

export class Inbox<T = unknown> {
  /** What nobody received yet. */
  readonly messages: T[] = []
  readonly #readers: Deferred<T>[] = []
  #over = false

  /** Says how many wait now. */
  push(message: T): number {
    const reader = this.#readers.shift()
    if (!reader) return this.messages.push(message)
    reader.resolve(message)
    return 0
  }

  /** The next message. Rejects with `ABORTED` when nothing more can come. */
  receive(): Promise<T> {
    const reader = deferred<T>()
    if (this.messages.length) reader.resolve(this.messages.shift() as T)
    else if (this.#readers.push(reader) && this.#over) this.close()
    return reader.promise
  }

  /** Nothing more comes. What waits can still be received. */
  close(): void {
    this.#over = true
    for (const reader of this.#readers) reader.reject(new SocketError('ABORTED', 'It is over.'))
  }
}

/** Nothing ever comes. */
export function closedInbox(): Inbox<never> {
  const inbox = new Inbox<never>()
  inbox.close()
  return inbox
}
