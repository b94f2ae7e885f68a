// The queue itself: first in, first out, bounded, with replacement by key, each identity's messages by themselves. Rings of
// messages, so that every change is O(1), wherever it happens; only a key is looked for one by one.

import { SocketError, type SocketErrorCode } from '../errors'
import type { Clock, OfflineQueue, WireData } from '../types'
import { byteLength } from '../wire-data'
import type { Message } from './message'
import { insertBefore, type Link, ring, takeOut } from './ring'

export interface QueueOwner {
  /** A message leaves without being sent. It must not come back into the queue. */
  drop(message: Message, error: SocketError): void
}

export class MessageQueue {
  /** All that waits. */
  messages = 0
  bytes = 0
  /** How many of them may go out: those of the identity in use. */
  ready = 0
  #identity: string | undefined
  readonly #limits: OfflineQueue
  readonly #owner: QueueOwner
  /** Where the ring begins and ends. */
  readonly #ends: Link = ring()
  /** The same for what waits for another identity to be in use. */
  #others: Link | undefined

  constructor(limits: OfflineQueue, owner: QueueOwner) {
    this.#limits = limits
    this.#owner = owner
  }

  /** Adds at the tail, or in the place of the older message with the same key; makes room as the policy says. */
  push(message: Message, clock?: Pick<Clock, 'now'>): void {
    const { maxMessages, maxBytes } = this.#limits
    const { key, size } = message
    if (key === undefined && this.messages < maxMessages && this.bytes + size <= maxBytes)
      this.#insert(message, this.#ends)
    else this.#pushWithCare(message, clock)
  }

  #pushWithCare(message: Message, clock: Pick<Clock, 'now'> | undefined): void {
    const { maxMessages, maxBytes, overflow } = this.#limits
    const { key, size } = message
    // While no timer runs, what expired takes up room.
    if (clock && (this.messages >= maxMessages || this.bytes + size > maxBytes)) this.expire(clock.now())
    // One that may have arrived is left alone.
    const older =
      key === undefined ? undefined : find(this.#ends, (other) => other.key === key && !other.wasSent)
    // Room is needed beyond that of the message whose place it takes.
    const messages = maxMessages - (older ? 0 : 1)
    const bytes = maxBytes - size + (older?.size ?? 0)
    const isFull = () => this.messages > messages || this.bytes > bytes
    if (isFull()) {
      if (overflow === 'drop-newest' || size > maxBytes || !maxMessages) {
        return this.#owner.drop(
          message,
          new SocketError('QUEUE_FULL', 'The queue is full: see maxMessages and maxBytes.'),
        )
      }
      while (isFull()) {
        const oldest = this.#find((other) => other !== older)
        if (!oldest) break
        this.drop(oldest, 'QUEUE_FULL', 'Newer ones took its room.')
      }
    }
    this.#insert(message, older?.next ?? this.#ends)
    if (older) this.drop(older, 'REPLACED', 'A newer one has its key.')
  }

  /** Puts messages back at the head, in their order. They had been accepted: no limit applies. */
  unshift(messages: readonly Message[]): void {
    this.#insertAll(messages, this.#ends.next as Link)
  }

  /** Adds messages at the tail, in their order. They had been accepted: no limit applies. */
  append(messages: readonly Message[]): void {
    this.#insertAll(messages, this.#ends)
  }

  #insertAll(messages: readonly Message[], next: Link): void {
    for (const message of messages) {
      message.status = 'queued'
      message.size = byteLength(message.data as WireData)
      this.#insert(message, next)
    }
  }

  /** What may go out, in order. */
  get all(): readonly Message[] {
    return listed(this.#ends)
  }

  /** Messages of this identity may go out, all others wait. */
  use(identity: string | undefined): void {
    this.#others ??= ring()
    const all = [...listed(this.#others), ...listed(this.#ends)]
    this.#identity = identity
    this.ready = 0
    for (const message of all) {
      const isReady = message.identity === identity
      takeOut(message)
      insertBefore(isReady ? this.#ends : this.#others, message)
      if (isReady) this.ready++
    }
  }

  get head(): Message | undefined {
    const { next } = this.#ends
    return next === this.#ends ? undefined : (next as Message)
  }

  /** The message whose turn it is; drops what expired on the way. */
  peek(now: number): Message | undefined {
    for (;;) {
      const { head } = this
      if (!head || !this.#expired(head, now)) return head
    }
  }

  /** The message that goes by this id, among those that came back: they are at the head. */
  findSent(id: number | string): Message | undefined {
    const found = find(this.#ends, (message) => !message.wasSent || message.isNamed(id))
    return found?.wasSent ? found : undefined
  }

  /** Takes a message out. */
  remove(message: Message): void {
    if (!takeOut(message)) return
    message.signal?.removeEventListener('abort', message)
    this.messages--
    this.bytes -= message.size
    if (message.identity === this.#identity) this.ready--
  }

  /** Drops a message wherever it stands. Says whether it was waiting here. */
  drop(message: Message, code: SocketErrorCode, why: string): boolean {
    // One that stands in the window does not wait.
    if (!message.next || message.status !== 'queued') return false
    this.remove(message)
    this.#owner.drop(message, new SocketError(code, why))
    return true
  }

  /** Drops all that expired, wherever it stands. Says when the next one will (ms since the epoch). */
  expire(now: number): number {
    let next = Infinity
    this.#find((message) => {
      if (!this.#expired(message, now)) next = Math.min(next, message.expiresAt ?? Infinity)
    })
    return next
  }

  /** Drops all that waits, or what is one identity's. */
  clear(code: SocketErrorCode, why: string, whose?: { readonly identity: string | undefined }): void {
    this.#find((message) => {
      if (!whose || message.identity === whose.identity) this.drop(message, code, why)
    })
  }

  #expired(message: Message, now: number): boolean {
    return (
      message.expiresAt !== undefined &&
      message.expiresAt <= now &&
      this.drop(message, 'EXPIRED', 'Its ttl passed.')
    )
  }

  #find(found: (message: Message) => unknown): Message | undefined {
    return (this.#others && find(this.#others, found)) ?? find(this.#ends, found)
  }

  #insert(message: Message, next: Link): void {
    insertBefore(next, message)
    message.signal?.addEventListener('abort', message)
    this.messages++
    this.bytes += message.size
    this.ready++
  }
}

/** The first message, from the head on, of which `found` says so. It may take out the one that it looks at. */
function find(ends: Link, found: (message: Message) => unknown): Message | undefined {
  let link = ends.next
  while (link && link !== ends) {
    const { next } = link
    if (found(link as Message)) return link as Message
    link = next
  }
  return undefined
}

function listed(ends: Link): readonly Message[] {
  const all: Message[] = []
  find(ends, (message) => {
    all.push(message)
  })
  return all
}
