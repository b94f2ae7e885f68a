// When to ping, when to rest and when to give up: due times and verdicts.

export interface Rhythm {
  readonly interval: number
  readonly timeout: number
}

/** What is remembered of one connection. Times are in milliseconds since the epoch. */
export interface Pulse {
  /** When to look again. */
  readonly dueAt: number
  /** When the outstanding ping went out. */
  readonly pingedAt?: number
}

/** A timer that comes this much late was held back (a hidden tab, a sleeping machine), or the clock jumped: it says nothing of the peer. */
const tolerated = 1_000

export const beginPulse = (now: number, { interval }: Rhythm): Pulse => ({ dueAt: now + interval })

/** At `dueAt`. `heard`: anything at all came in since the last look. */
export function beat(
  { dueAt, pingedAt }: Pulse,
  now: number,
  heard: boolean,
  { interval, timeout }: Rhythm,
): readonly [Pulse, 'ping' | 'rest' | 'dead'] {
  const waiting = pingedAt !== undefined
  if (waiting && !heard && Math.abs(now - dueAt) <= tolerated) return [{ dueAt }, 'dead']
  // Alive: the next ping keeps its distance from the one before, not from this look.
  const dueNext = waiting ? Math.min(pingedAt, now) + interval : now
  if (heard && dueNext > now) return [{ dueAt: dueNext }, 'rest']
  return [{ dueAt: now + timeout, pingedAt: now }, 'ping']
}

/** A pong came in: the pulse after it, and the round trip where a ping was outstanding. */
export function pong(pulse: Pulse, now: number, { interval }: Rhythm): readonly [Pulse, number | undefined] {
  const { pingedAt } = pulse
  if (pingedAt === undefined) return [pulse, undefined]
  // Not after now, even where the clock was set back meanwhile.
  const since = Math.min(pingedAt, now)
  return [{ dueAt: Math.max(now, since + interval) }, now - since]
}
