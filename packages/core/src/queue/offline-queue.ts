// offlineQueue: how much may wait, for how long, and what happens at the limit.

import type { Confirmation, OfflineQueue } from '../types'
import {
  atLeastOne,
  count,
  duration,
  functionOr,
  type Kind,
  madeBy,
  oneOf,
  text,
  validate,
} from '../validate'
import type { QueueStore } from './store'

export interface OfflineQueueOptions {
  /** @default 1_000 */
  readonly maxMessages?: number
  /** Bytes of payload: UTF-8 length, `byteLength` or `Blob.size`. @default 1_048_576 */
  readonly maxBytes?: number
  /**
   * At the limit: refuse the message that comes, or let the oldest go to make room. Either way the receipt rejects with
   * `QUEUE_FULL` and a `drop` event tells of it.
   * @default 'drop-newest'
   */
  readonly overflow?: 'drop-newest' | 'drop-oldest'
  /**
   * Milliseconds after which a message that still waits is dropped with `EXPIRED`. While the socket is idle or closed
   * no timer runs: what expired then is dropped when something next happens to the queue, and is never sent.
   * @default Infinity
   */
  readonly ttl?: number
  /**
   * How it is known that a message arrived. `acks(…)`: the server says so; `pongs(…)`: the heartbeat does. What was not
   * confirmed when a connection ended goes out again on the next, with the same id and ahead of newer messages.
   * @default none: it is not known, and `receipt.confirmed` throws
   */
  readonly confirm?: Confirmation
  /**
   * How much may be unconfirmed before sending pauses. The message that reaches the limit still goes out. `bytes` counts
   * text by its UTF-16 length.
   * @default { messages: 1_024, bytes: 1_048_576 }
   */
  readonly window?: { readonly messages?: number; readonly bytes?: number }
  /**
   * What goes out again after a break. Without `confirm` only what was still in the transport's buffer can: `'died'`:
   * where the transport ended by itself, so that it certainly has not left; `'always'`: also where we gave up one that
   * may deliver it yet, so that it may arrive twice; `'never'`. With `confirm`, all that is unconfirmed goes out again,
   * or with `'never'` is dropped with `UNCONFIRMED`.
   * @default 'died'
   */
  readonly recover?: 'died' | 'always' | 'never'
  /**
   * Where messages are kept beyond the end of the page, from `connect()` on: `indexedDBStore(…)`, `storageStore(…)`.
   * Several tabs may share one: then one of them sends.
   * @default none: memory alone
   */
  readonly store?: QueueStore
  /**
   * Whose messages these are, or a function that says so. It is asked at each `send()`, at each attempt, and once more
   * before anything goes out on what the attempt led to, and must be quick. What is sent as one waits until a connection
   * is made as that one, and never goes out as another. Where somebody else is found than the connection was made for,
   * a new one is begun.
   * @default undefined: nobody's in particular
   */
  readonly identity?: string | (() => string | undefined)
}

const object: Kind = [(value: unknown) => typeof value === 'object' && value !== null, 'an object']

/**
 * The queue in memory: first in, first out, bounded. Messages that a broken transport still had in its buffer come back
 * to its head, beyond the limits where need be: they had been accepted.
 *
 * @throws {SocketError} `INVALID_OPTION`
 */
export function offlineQueue(options: OfflineQueueOptions = {}): OfflineQueue {
  validate('offlineQueue', options, {
    maxMessages: count,
    maxBytes: count,
    overflow: oneOf('drop-newest', 'drop-oldest'),
    ttl: duration,
    confirm: madeBy('begin', 'acks(…) or pongs(…)'),
    window: object,
    recover: oneOf('died', 'always', 'never'),
    store: madeBy('begin', 'indexedDBStore(…) or another store'),
    identity: functionOr(text),
  })
  const { maxMessages = 1_000, maxBytes = 1_048_576, overflow = 'drop-newest', ttl = Infinity } = options
  const { confirm, window = {}, recover = 'died', store, identity } = options
  validate('offlineQueue: window', window, { messages: atLeastOne, bytes: atLeastOne })
  const { messages = 1_024, bytes = 1_048_576 } = window
  return {
    maxMessages,
    maxBytes,
    overflow,
    ttl,
    confirm,
    window: { messages, bytes },
    recover,
    store,
    identity,
  }
}
