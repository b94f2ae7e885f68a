// One timer for all that has to be done in time, and none while there is nothing.

import { longestSleep } from '../timer'
import type { Clock } from '../types'

export interface Deadlines {
  /** Something is due then (ms since the epoch), as it is now. */
  readonly add: (dueAt: number, now: number) => void
  /** Something was done. */
  readonly remove: () => void
}

/** @param expire what is called with all that is overdue; it takes it out of `waiting` */
export function deadlines<T extends { dueAt: number; readonly timeout: number }>(
  clock: Clock,
  waiting: ReadonlyMap<unknown, T>,
  expire: (entry: T) => void,
): Deadlines {
  let timer: unknown
  let timerDue = Infinity
  let isEmptying = false

  const arm = (dueAt: number, now: number) => {
    if (dueAt >= timerDue) return
    clock.clearTimeout(timer)
    timerDue = Math.min(dueAt, now + longestSleep)
    timer = clock.setTimeout(ring, timerDue - now)
  }
  const ring = () => {
    // The clock may have been set back: so much time went by all the same.
    const now = Math.max(clock.now(), timerDue)
    let next = Infinity
    timerDue = next
    for (const entry of waiting.values()) {
      // Nor does anything from before that wait for longer than it has to.
      entry.dueAt = Math.min(entry.dueAt, now + entry.timeout)
      if (entry.dueAt <= now) expire(entry)
      else next = Math.min(next, entry.dueAt)
    }
    arm(next, now)
  }
  const empty = () => {
    isEmptying = false
    if (waiting.size) return
    clock.clearTimeout(timer)
    timerDue = Infinity
  }

  return {
    add: arm,
    remove() {
      if (waiting.size || isEmptying) return
      // Not at once: whoever asks one thing after the other would set a timer for each.
      isEmptying = true
      clock.turn(empty)
    },
  }
}
