// When to ping, when to rest and when to give up: due times and verdicts.

export interface Rhythm {
  readonly interval: number
  readonly timeout: number
}

/** What is remembered of one connection. Times are in milliseconds since the epoch. */
export interface Pulse {
  /** When to look again. */
  readonly dueAt: number
  /** When the ping went out that something must be heard after. */
  readonly pingedAt?: number
  /** When the pings went out that no pong came for yet, oldest first: on one connection, pongs come in the order of the pings. */
  readonly unanswered?: readonly number[]
}

/** Beyond, the server leaves pings unanswered, and round trips are counted anew. */
const mostUnanswered = 8

/** A timer that comes this much late was held back (a hidden tab, a sleeping machine), or the clock jumped: it says nothing of the peer. */
const tolerated = 1_000

export const beginPulse = (now: number, { interval }: Rhythm): Pulse => ({ dueAt: now + interval })

/** At `dueAt`. `heard`: anything at all came in since the last look. */
export function beat(
  { dueAt, pingedAt, unanswered = [] }: Pulse,
  now: number,
  heard: boolean,
  { interval, timeout }: Rhythm,
): readonly [Pulse, 'ping' | 'rest' | 'dead'] {
  const waiting = pingedAt !== undefined
  if (waiting && !heard && Math.abs(now - dueAt) <= tolerated) return [{ dueAt }, 'dead']
  // Alive: the next ping keeps its distance from the one before, not from this look.
  const dueNext = waiting ? Math.min(pingedAt, now) + interval : now
  if (heard && dueNext > now) return [{ dueAt: dueNext, unanswered }, 'rest']
  const before = unanswered.length < mostUnanswered ? unanswered : []
  return [{ dueAt: now + timeout, pingedAt: now, unanswered: [...before, now] }, 'ping']
}

/** A pong came in: the pulse after it, and the round trip where a ping was unanswered. */
export function pong(pulse: Pulse, now: number, { interval }: Rhythm): readonly [Pulse, number | undefined] {
  const [pingedAt, ...unanswered] = pulse.unanswered ?? []
  if (pingedAt === undefined) return [pulse, undefined]
  // Not after now, even where the clock was set back meanwhile.
  const since = Math.min(pingedAt, now)
  const next = unanswered.length ? { ...pulse, unanswered } : { dueAt: Math.max(now, since + interval) }
  return [next, now - since]
}
