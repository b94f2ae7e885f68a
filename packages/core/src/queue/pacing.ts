// How to wait for a buffer that has no drain event.

/** A wait for the transport's buffer: so many turns of the event loop still, then timers of growing length. */
export interface Wait {
  readonly turns: number
  readonly delay: number
  /** With how many turns the next wait begins. */
  readonly patience: number
}

const fewTurns = 256
const turnsPerLateMillisecond = 16
/** Hidden tabs have timers once a minute: what comes later than that slept, or had its clock set. */
const mostLate = 60_000
const longestDelay = 32

/** A buffer mostly empties within a few turns, which no browser throttles. */
export const firstWait: Wait = { turns: fewTurns, delay: 1, patience: fewTurns }

/** Something new is waited for. */
export const beginAnew = ({ patience }: Wait): Wait => ({ turns: patience, delay: 1, patience })

/** The buffer moved, but is not empty yet: a slow link is looked at often, though not at every turn. */
export const keepLooking = (wait: Wait): Wait => ({ ...wait, delay: 1 })

/** What to do next: wait for a turn, or for `delay` milliseconds. */
export function nextWait({ turns, delay, patience }: Wait): readonly [Wait, 'turn' | number] {
  if (turns > 0) return [{ turns: turns - 1, delay, patience }, 'turn']
  return [{ turns, delay: Math.min(delay * 2, longestDelay), patience }, delay]
}

/**
 * After a timer fired `late` milliseconds too late. Hidden tabs have their timers held back to one a second or one a
 * minute, their turns never: so the longer a timer was held back, the more turns are spent on waiting for the buffer.
 */
export function afterTimer({ delay }: Wait, late: number): Wait {
  const patience = late < 100 ? fewTurns : Math.ceil(Math.min(late, mostLate) * turnsPerLateMillisecond)
  return { turns: late < 100 ? 0 : patience, delay, patience }
}
