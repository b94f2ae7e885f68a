// offlineQueue: how much may wait, for how long, and what happens at the limit.

import type { OfflineQueue } from '../types'
import { count, duration, oneOf, validate } from '../validate'

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
}

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
  })
  const { maxMessages = 1_000, maxBytes = 1_048_576, overflow = 'drop-newest', ttl = Infinity } = options
  return { maxMessages, maxBytes, overflow, ttl }
}
