// What became of the notes of one lane: what waits, what is under way, what arrived, and what is lost.

import type { ClientCount } from '../../protocol'

export interface Tally {
  readonly sent: number
  readonly waiting: number
  readonly underWay: number
  readonly arrived: number
  readonly lost: number
  readonly doubled: number
  readonly connections: number
}

export interface Facts {
  readonly sent: number
  readonly waiting: number
  /** What the server counted; missing before anything arrived. */
  readonly count: ClientCount | undefined
  /** Whether the network holds things back that it may still bring. */
  readonly isHeld: boolean
}

/** Milliseconds after which a note counts as lost that a later one has overtaken. */
const overtaken = 1_500
/** Milliseconds of silence after which the last notes count as lost, with none behind them to overtake them. */
const silence = 4_000

export const nothing: Tally = {
  sent: 0,
  waiting: 0,
  underWay: 0,
  arrived: 0,
  lost: 0,
  doubled: 0,
  connections: 0,
}

/**
 * Begins to count for one lane. Notes go out in their order, so those below the highest number that arrived were
 * overtaken, and those above are on their way: each is called lost once it had its time, and stays so until it comes
 * after all, or goes back to wait.
 *
 * @returns takes the facts as they are at `now`, in milliseconds, and gives the tally: the same one while nothing changed
 */
export function createTally(): (facts: Facts, now: number) => Tally {
  let tally = nothing
  /** How many were overtaken, each with the time until which it was so. */
  let gaps: { gap: number; at: number }[] = []
  let before = { handed: 0, arrived: 0 }
  let quietSince = 0
  /** The number of the last note that was handed over before a silence. */
  let silenced = 0

  return ({ sent, waiting, count, isHeld }, now) => {
    const { arrived = 0, doubled = 0, highest = 0, connections = 0 } = count ?? {}
    const handed = sent - waiting
    const missing = Math.max(0, handed - arrived)

    const gap = Math.min(missing, highest - arrived)
    const last = gaps.at(-1)
    if (last && last.gap === gap) last.at = now
    else gaps.push({ gap, at: now })
    gaps = gaps.filter(({ at }) => now - at <= overtaken)

    if (handed !== before.handed || arrived !== before.arrived || isHeld) quietSince = now
    before = { handed, arrived }
    const isSilent = now - quietSince >= silence
    if (isSilent) silenced = handed
    const found = isSilent ? missing : Math.min(...gaps.map(({ gap }) => gap))
    const still = Math.min(tally.lost, missing, Math.max(silenced, highest) - arrived)
    const lost = Math.max(found, still)

    const next = { sent, waiting, underWay: missing - lost, arrived, lost, doubled, connections }
    const isSame = (Object.keys(next) as (keyof Tally)[]).every((key) => next[key] === tally[key])
    if (!isSame) tally = next
    return tally
  }
}
