// How to wait for a buffer that has no drain event.

/** A wait for the transport's buffer: so many turns of the event loop still, then timers of growing length. */
export interface Wait {
  readonly turns: number
  readonly delay: number
}

const fewTurns = 64
const turnsPerLateMillisecond = 16
const longestDelay = 64

/** A buffer mostly empties within a few turns, which no browser throttles. */
export const beginWait: Wait = { turns: fewTurns, delay: 1 }

/** What to do next: wait for a turn, or for `delay` milliseconds. */
export function nextWait({ turns, delay }: Wait): readonly [Wait, 'turn' | number] {
  if (turns > 0) return [{ turns: turns - 1, delay }, 'turn']
  return [{ turns, delay: Math.min(delay * 2, longestDelay) }, delay]
}

/**
 * After a timer fired `late` milliseconds too late. Hidden tabs have their timers held back to one a second or one a
 * minute, their turns never: so the longer a timer was held back, the more turns are spent on waiting for the buffer.
 */
export const afterTimer = (wait: Wait, late: number): Wait =>
  late < 100 ? wait : { turns: Math.ceil(late * turnsPerLateMillisecond), delay: wait.delay }
