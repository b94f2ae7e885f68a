// Keeps messages in a store too: what is written of them, and what other senders with the same rows do with them.

import type { Clock } from '../types'
import { Message, type MessageOwner } from './message'
import type { QueueStore, QueueStoreRun, StoredMessage } from './store'

/** What the sender does for its keeper. */
export interface KeeperHost {
  readonly clock: Clock
  readonly owner: MessageOwner
  /** This sender sends, or another one does. */
  readonly onLead: (leads: boolean) => void
  /** Messages that were kept by others, or in another life: at the head, or behind all that waits. */
  readonly onRestored: (messages: readonly Message[], where: 'head' | 'tail') => void
  /** Another sender has done with a message. */
  readonly onDone: (message: Message, how: 'sent' | 'dropped') => void
  readonly onError: (error: unknown) => void
}

export class Keeper {
  /** This sender is the one that sends. */
  leads = false
  /** It could send, if it leads. */
  stands = false
  readonly #store: QueueStore
  readonly #host: KeeperHost
  /** All that is kept, by id. */
  readonly #messages = new Map<string, Message>()
  #run: QueueStoreRun | undefined
  #identity: string | undefined
  /** Ids of what was done with while nobody held its rows, by identity. */
  readonly #owed = new Map<string | undefined, string[]>()

  constructor(store: QueueStore, host: KeeperHost) {
    this.#store = store
    this.#host = host
  }

  get isOpen(): boolean {
    return !!this.#run
  }

  /** Opens the store for what is this identity's. `messages`: what waits already. */
  begin(identity: string | undefined, messages: readonly Message[]): void {
    this.#identity = identity
    const kept = messages.filter(({ isStored }) => isStored)
    const owed = this.#owed.get(identity) ?? []
    this.#owed.delete(identity)
    for (const message of kept) this.#messages.set(message.id, message)
    const run = this.#open(identity, [...kept.map(({ id }) => id), ...owed])
    this.#run = run
    for (const id of owed) run.remove(id, 'dropped')
    for (const message of messages) if (!message.isStored) this.keep(message)
  }

  /** Whether this one could send at all. */
  stand(ready: boolean): void {
    this.stands = ready
    this.#run?.stand(ready)
  }

  /** A message that waits, or is unconfirmed, and has not been done with. */
  keep(message: Message): void {
    if (!this.#run) return
    const { id, data, expiresAt, key, wasSent } = message
    if (data === undefined) return
    message.isKept = true
    this.#messages.set(id, message)
    this.#run.put({ id, data, expiresAt, key, wasSent })
  }

  /** It has been done with. */
  done(message: Message, how: 'sent' | 'dropped'): void {
    if (!message.isKept) return
    const { id, identity } = message
    message.isKept = false
    if (this.#run && identity === this.#identity) {
      this.#messages.delete(id)
      this.#run.remove(id, how)
    } else {
      const ids = this.#owed.get(identity) ?? []
      this.#owed.set(identity, ids)
      ids.push(id)
    }
    if (how === 'sent') message.markStored()
  }

  /** Forgets what is an identity's, also what others keep. */
  clear(identity: string | undefined): void {
    this.#owed.delete(identity)
    if (this.#run && identity === this.#identity) {
      this.#messages.clear()
      return this.#run.clear()
    }
    const run = this.#open(identity)
    run.clear()
    run.stop()
  }

  /** Writes what is to be written, and lets go. */
  stop(): void {
    this.leads = false
    this.stands = false
    const run = this.#run
    this.#run = undefined
    run?.stop()
    this.#messages.clear()
  }

  /** A run that has stopped tells nothing more: all that is heard is about the one at hand. */
  #open(identity: string | undefined, kept: readonly string[] = []): QueueStoreRun {
    return this.#store.begin({
      clock: this.#host.clock,
      identity,
      kept,
      onLead: (rows) => {
        this.leads = true
        this.#restore(rows, 'head')
        this.#host.onLead(true)
      },
      onRows: (rows) => this.#restore(rows, 'tail'),
      onFollow: () => {
        this.leads = false
        this.#host.onLead(false)
      },
      onDone: (ids, how) => {
        for (const id of ids) {
          const message = this.#messages.get(id)
          this.#messages.delete(id)
          if (message) this.#host.onDone(message, how)
        }
      },
      onStored: (ids) => {
        for (const id of ids) this.#messages.get(id)?.markStored()
      },
      onError: this.#host.onError,
    })
  }

  #restore(rows: readonly StoredMessage[], where: 'head' | 'tail'): void {
    const restored: Message[] = []
    for (const { id, data, expiresAt, key } of rows) {
      if (this.#messages.has(id)) continue
      const message = new Message(this.#host.owner, id, data, 0, key, expiresAt)
      // It may have been sent since it was written.
      message.wasSent = this.#host.owner.confirms
      message.isKept = true
      message.identity = this.#identity
      message.markStored()
      this.#messages.set(id, message)
      restored.push(message)
    }
    if (restored.length) this.#host.onRestored(restored, where)
  }
}

/** A store that begins so. What keeps messages in it comes with it: a bundle without a store has neither. */
export function storeOf(begin: QueueStore['begin']): QueueStore {
  const store: QueueStore = { begin, keep: (sender: KeeperHost) => new Keeper(store, sender) }
  return store
}
