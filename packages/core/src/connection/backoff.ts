// exponentialBackoff: how long to wait before a retry. Capped first, then spread.

import type { RetryContext } from '../types'
import { atLeastOne, duration, validate } from '../validate'

export interface BackoffOptions {
  /** End of the first retry's window, in milliseconds; it begins at 0. @default 1_000 */
  readonly first?: number
  /** By how much the end of the window grows with each retry. @default 3.5 */
  readonly factor?: number
  /** No delay is longer, in milliseconds. @default 12_000 */
  readonly max?: number
}

/**
 * Makes a `retryDelay`. With `end(n) = min(max, first × factor^(n−1))` the delay before retry n is uniform over
 *
 *     [0, end(1)]                               for the first retry,
 *     [min(end(n−1), max / 2), end(n)]          for every later one:
 *
 * 0–1 s, 1–3.5 s, 3.5–12 s, then 6–12 s for ever, by default. The first retry comes soon, for a break is mostly short,
 * and is itself delayed by chance (RFC 6455 section 7.2.3). At the cap the delays still spread over half the window, so
 * that the clients of a server that comes back do not come all at once. The defaults were chosen by a simulation of
 * 100 000 clients.
 *
 * @throws {SocketError} `INVALID_OPTION`
 */
export function exponentialBackoff(options: BackoffOptions = {}): (context: RetryContext) => number {
  validate('exponentialBackoff', options, { first: duration, factor: atLeastOne, max: duration })
  const { first = 1_000, factor = 3.5, max = 12_000 } = options
  const end = (retry: number) => Math.min(max, first * Math.min(factor ** (retry - 1), Number.MAX_VALUE))
  return ({ attempt, random }) => {
    const from = attempt > 1 ? Math.min(end(attempt - 1), max / 2) : 0
    return from + random() * (end(attempt) - from)
  }
}
