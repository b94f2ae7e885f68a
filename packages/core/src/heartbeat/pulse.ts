// When to ping, when to rest and when to give up: due times and verdicts.
//
//              due                 heard, or its pong
//    resting ──────► asked ─────────────────────────────► resting
//       │              │ silent: dead
//       │ held back, the clock jumped, or a probe was asked for
//       ▼
//    probing ──settled──► settled ──heard, or its pong──► resting
//                            │ silent: dead
//
// Pings are known by their times; what they said, and who waits for their pongs, is none of this file's business.

export interface Rhythm {
  readonly interval: number
  readonly timeout: number
  /** The peer pings: nothing is asked while anything is heard. */
  readonly passive?: boolean | undefined
}

/** A ping that no pong came for yet. */
export interface Ping {
  readonly at: number
}

/** What is remembered of one connection. Times are in milliseconds since the epoch. */
export interface Pulse<P extends Ping = Ping> {
  /** `probing`: a probe went out. `settled`: and what came in from before it no longer counts. */
  readonly phase: 'resting' | 'asked' | 'probing' | 'settled'
  /** When to look again. */
  readonly dueAt: number
  /** When it was looked last, or a pong came. */
  readonly lookedAt: number
  /** When the ping went out that something must be heard after. */
  readonly pingedAt?: number
  /** Oldest first: on one connection, pongs come in the order of the pings. */
  readonly unanswered: readonly P[]
  /** The probe under way has taken the place of one that was. */
  readonly isSecond?: boolean
  /** The last round trip. */
  readonly latency?: number | undefined
}

/** What was seen of the connection since the last look. */
export interface Signs {
  /** Anything at all came in. */
  readonly heard: boolean
  /** What was in the buffer at the ping is all still there: what comes in says nothing of the way out. */
  readonly stalled: boolean
}

/** `settle`: from now on only what comes in newly counts. */
export type Action = 'ping' | 'probe' | 'settle' | 'rest' | 'dead'

/** Beyond, the server leaves pings unanswered, and round trips are counted anew. */
const mostUnanswered = 8

/** A timer that comes this much late was held back (a hidden tab, a sleeping machine), or the clock jumped: it says nothing of the peer. */
const tolerated = 1_000

/** A probe waits for so many round trips, but within these bounds. */
const probeRoundTrips = 20
const leastProbe = 2_000
const mostProbe = 5_000
/** What a machine that wakes up finds in its buffers comes in within this time. */
const settling = 1_000

export const beginPulse = <P extends Ping>(now: number, { interval }: Rhythm): Pulse<P> => ({
  phase: 'resting',
  dueAt: now + interval,
  lookedAt: now,
  unanswered: [],
})

/** How long a probe waits: never longer than a ping of the usual rhythm. */
export const probeTimeout = ({ latency = Infinity }: Pulse, { timeout }: Rhythm): number =>
  Math.min(timeout, Math.max(leastProbe, Math.min(probeRoundTrips * latency, mostProbe)))

/** The clock was set back, or has gone on by more than a timeout without a look: nothing is known of the peer. */
export const hasJumped = ({ dueAt, lookedAt }: Pulse, now: number, { timeout }: Rhythm): boolean =>
  now - dueAt > timeout || now < lookedAt

/** Nothing was heard for longer than the interval, as far as anybody looked. */
export const isSilent = ({ phase, dueAt, lookedAt }: Pulse, now: number, heard: boolean): boolean =>
  now - dueAt > tolerated || now < lookedAt || (phase === 'asked' && !heard)

export const isProbing = ({ phase }: Pulse): boolean => phase === 'probing' || phase === 'settled'

/** Asks now, with little patience. */
export const probe = <P extends Ping>(pulse: Pulse<P>, now: number, rhythm: Rhythm): Pulse<P> => ({
  ...pulse,
  phase: 'probing',
  isSecond: isProbing(pulse),
  lookedAt: now,
  pingedAt: now,
  dueAt: now + Math.min(settling, probeTimeout(pulse, rhythm) / 2),
})

/** At `dueAt`. */
export function beat<P extends Ping>(
  pulse: Pulse<P>,
  now: number,
  { heard, stalled }: Signs,
  rhythm: Rhythm,
): readonly [Pulse<P>, Action] {
  const { phase, dueAt, pingedAt = now } = pulse
  const { interval, timeout, passive } = rhythm
  const isHeldBack = Math.abs(now - dueAt) > tolerated
  if (phase === 'resting' && hasJumped(pulse, now, rhythm)) return [probe(pulse, now, rhythm), 'probe']
  if (phase === 'probing' && !(isHeldBack && heard)) {
    const since = isHeldBack ? now : pingedAt
    return [
      { ...pulse, phase: 'settled', lookedAt: now, dueAt: since + probeTimeout(pulse, rhythm) },
      'settle',
    ]
  }
  if (phase !== 'resting' || (passive && heard)) {
    const isAlive = heard && !(phase === 'asked' && stalled)
    if (!isAlive) {
      const isUnfair = isHeldBack && (phase === 'asked' || !pulse.isSecond)
      return isUnfair ? [probe(pulse, now, rhythm), 'probe'] : [pulse, 'dead']
    }
    // The next ping keeps its distance from the one before, not from this look.
    const dueNext = (passive ? now : Math.min(pingedAt, now)) + interval
    if (dueNext > now) return [{ ...pulse, phase: 'resting', lookedAt: now, dueAt: dueNext }, 'rest']
  }
  return [{ ...pulse, phase: 'asked', lookedAt: now, pingedAt: now, dueAt: now + timeout }, 'ping']
}

/** A ping went out. */
export const pinged = <P extends Ping>(pulse: Pulse<P>, ping: P): Pulse<P> => ({
  ...pulse,
  unanswered: [...(pulse.unanswered.length < mostUnanswered ? pulse.unanswered : []), ping],
})

/** A pong came in, for this ping and with it for all that went before. Once none is unanswered, the peer is alive. */
export function pong<P extends Ping>(pulse: Pulse<P>, ping: P, now: number, { interval }: Rhythm): Pulse<P> {
  const unanswered = pulse.unanswered.slice(pulse.unanswered.indexOf(ping) + 1)
  // Not after now, even where the clock was set back meanwhile.
  const since = Math.min(ping.at, now)
  const next = { ...pulse, unanswered, latency: now - since }
  if (unanswered.length) return next
  return { ...next, phase: 'resting', lookedAt: now, dueAt: Math.max(now, since + interval) }
}
