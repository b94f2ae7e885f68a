// The connection machine: (connection, event) → [connection, effects]. No clock, no timer, no transport in here.

import { atOnce } from '../deferred'
import { SocketError } from '../errors'
import type {
  CloseInfo,
  CloseOrigin,
  ConnectingState,
  NetworkSignal,
  PageSignal,
  RetryContext,
  SocketState,
  SuspendedState,
  Verdict,
} from '../types'
import type { Reach } from '../url'
import { invalid } from '../validate'
import { verdictOf } from './close-code'

/** What is remembered of a socket's connection between two events. */
export interface Connection {
  readonly state: SocketState
  /** Counts the attempts ever made. An event that carries an older one is about a transport that we gave up. */
  readonly generation: number
  /** 0 for the first try, n for the n-th retry since the last useful connection. */
  readonly attempt: number
  /** When the attempt under way was begun (ms since the epoch). */
  readonly startedAt?: number | undefined
  /** Why the attempt under way is made. */
  readonly cause?: CloseInfo | undefined
  /** When the shell is to say `due` (ms since the epoch); one timer serves every state. */
  readonly dueAt?: number | undefined
  /** A fresh token was asked for since the last useful connection: with this attempt, or before. */
  readonly renewed?: 'now' | 'before' | undefined
  /**
   * The last attempt's handshake was refused, which may be about its token: browsers hide the HTTP status. So this one asks
   * for a fresh token.
   */
  readonly doubted?: boolean | undefined
  /** When a fresh token was last asked for out of doubt. */
  readonly doubtedAt?: number | undefined
  /** So many closes in a row said that a message was too large (1009). */
  readonly tooLarge?: number | undefined
  /** Until when the server asked us to stay away: no page or network event cuts that short (ms since the epoch). */
  readonly notBefore?: number | undefined
  /** The page is in the back/forward cache. */
  readonly away?: boolean | undefined
  /** The transport fired `error` and its `close` is owed. */
  readonly failing?: boolean
  /** What the user's close says once draining is over. */
  readonly farewell?: Farewell
}

/** What a transport is told at its end. `dead`: it does not answer, and is killed where the platform can. */
export interface Farewell {
  readonly code: number
  readonly reason: string
  readonly dead?: boolean
}

export interface OfAttempt {
  readonly generation: number
}

export type ConnectionEvent =
  | { readonly type: 'connect' | 'reconnect' | 'drained' }
  | { readonly type: 'close'; readonly farewell: Farewell; readonly drain: number }
  /** The time at `dueAt` has come. */
  | { readonly type: 'due' }
  /** URL, protocols and token are at hand. */
  | ({ readonly type: 'prepared' } & OfAttempt)
  | ({ readonly type: 'transport-open' | 'transport-error' } & OfAttempt)
  | ({ readonly type: 'transport-close'; readonly close: CloseInfo } & OfAttempt)
  /** Auth, `onHandshake` and the extensions are done; `rotated`: on a second transport, which took over. */
  | ({ readonly type: 'accepted' | 'rotated'; readonly protocol: string } & OfAttempt)
  /** What an open connection is to show of itself. */
  | ({ readonly type: 'show'; readonly suspect?: boolean; readonly rotating?: boolean } & OfAttempt)
  /** The page or the network. */
  | { readonly type: 'signal'; readonly signal: NetworkSignal | PageSignal }
  /** We give this attempt or connection up, for `origin`. */
  | ({
      readonly type: 'give-up'
      readonly origin: CloseOrigin
      readonly error?: SocketError
      /** `reauthenticate`: the token was refused. `stop`: signed out. `unauthorized`: no other token will do. */
      readonly verdict?: Verdict | 'unauthorized'
    } & OfAttempt)

/** What the shell is to do, in the order of these fields, before it turns to what the new state is about. */
export interface Effects {
  /** Say goodbye and wait for the answer. */
  readonly hangUp?: Farewell | undefined
  /**
   * The transport is done with: by itself, or, with a farewell, given up by us. `died`: what was still in its buffer
   * never left.
   */
  readonly release?: { readonly died: boolean; readonly farewell?: Farewell | undefined }
  readonly error?: SocketError | undefined
  /** To be announced: a connection or an attempt ended. */
  readonly close?: CloseInfo
  /** Ask whether the other end is still there; `silent`: only where nothing was heard for long. */
  readonly probe?: 'always' | 'silent'
}

/** What the shell knows at the time of the event. */
export interface Facts {
  readonly now: number
  readonly random: () => number
  /** What is uncertain if we give the transport up now. */
  readonly uncertain: CloseInfo['uncertain']
  readonly isOffline: () => boolean
  readonly isHidden: () => boolean
  /** Where the URL of the last attempt leads. */
  readonly reach: Reach
}

/** The app's options, as far as they decide here. What its functions throw comes through. */
export interface Policy {
  readonly retries: number
  readonly connectTimeout: number
  readonly handshakeTimeout: number
  readonly closeTimeout: number
  readonly minUptime: number
  readonly whenHidden: 'keep' | 'slow' | 'suspend'
  readonly whenOffline: 'slow' | 'suspend'
  readonly auth?: { readonly inRequest?: boolean | undefined } | undefined
  readonly retryDelay: (context: RetryContext) => number
  readonly shouldRetry: (close: CloseInfo, verdict: Verdict) => boolean
  readonly retryAfter: (close: CloseInfo) => number | undefined
}

export const initialConnection: Connection = { state: { status: 'idle' }, generation: 0, attempt: 0 }

/** What a wait keeps of what was before. */
type Remembered = Pick<
  Connection,
  'renewed' | 'doubted' | 'doubtedAt' | 'tooLarge' | 'notBefore' | 'away'
> & {
  readonly attempt: number
  readonly cause: CloseInfo
}

type Step = readonly [Connection, Effects]

/** How long the `close` that belongs to an `error` may take (undici 6 and React Native never send it). */
const errorGrace = 100
/** After so many 1009 in a row there is more than one message that is too large. */
const mostTooLarge = 3
/** The slow schedule begins where the backoff is at its widest, and never under a second. */
const slowAttempt = 4
const slowFloor = 1_000
/** A network that says it is there is not always usable yet, and many clients hear of it at once. */
const onlineSpread = 2_000
/** An attempt is left alone for so long, whatever the network does. */
const leastAttempt = 1_000
/** 3008 is registered as "timeout". */
const givenUp: Farewell = { code: 3008, reason: 'timeout', dead: true }

export function transition(
  connection: Connection,
  event: ConnectionEvent,
  facts: Facts,
  policy: Policy,
): Step {
  const { state, generation } = connection
  const { status } = state
  const { now, random } = facts

  const stay: Step = [connection, {}]
  /** The same attempt goes on. */
  const go = (to: Partial<Connection>, effects: Effects = {}): Step => [{ ...connection, ...to }, effects]
  /** Whatever was under way is over, and what it still says will be ignored. */
  const leave = (to: Partial<Connection>, effects: Effects): Step => [
    { ...initialConnection, generation: generation + 1, ...to },
    effects,
  ]
  const connecting = (attempt: number, phase: ConnectingState['phase']): ConnectingState => ({
    status: 'connecting',
    attempt,
    phase,
  })
  const start = (effects: Effects = {}, to: Partial<Connection> = {}): Step =>
    leave(
      {
        state: connecting(to.attempt ?? 0, 'credentials'),
        startedAt: now,
        dueAt: now + policy.connectTimeout,
        ...to,
      },
      effects,
    )
  const end = (close: CloseInfo, effects: Effects): Step =>
    leave({ state: { status: 'closed', cause: close } }, { close, ...effects })
  const lost = (origin: CloseOrigin): CloseInfo => ({
    code: 1006,
    reason: '',
    wasClean: false,
    origin,
    uncertain: facts.uncertain,
  })
  const release = (farewell: Farewell = givenUp): Effects => ({ release: { died: false, farewell } })
  const hangUp = (farewell: Farewell | undefined): Step =>
    go(
      { state: { status: 'closing', draining: false }, dueAt: now + policy.closeTimeout },
      { hangUp: farewell },
    )

  const isOffline = () => facts.reach !== 'loopback' && facts.isOffline()
  /** What keeps us from trying at all. Hosts of the local network may be there though the machine is offline. */
  const obstacle = (): SuspendedState['why'] | undefined => {
    // Who is told that the network is back need not ask whether it is.
    const isBack = event.type === 'signal' && event.signal === 'online'
    if (policy.whenOffline === 'suspend' && facts.reach === 'internet' && !isBack && facts.isOffline()) {
      return 'offline'
    }
    return policy.whenHidden === 'suspend' && facts.isHidden() ? 'hidden' : undefined
  }
  /** A wait; where something keeps us from trying, one without an end. */
  const wait = (delay: number, to: Remembered, effects: Effects = {}): Step => {
    const { attempt, cause, renewed, doubted, doubtedAt, tooLarge, notBefore, away } = to
    const why = away ? 'hidden' : obstacle()
    const retryAt = now + delay
    const state: SocketState = why
      ? { status: 'suspended', why, attempt, cause }
      : { status: 'waiting', attempt, retryAt, cause }
    const dueAt = why ? undefined : retryAt
    return leave(
      { state, attempt, cause, renewed, doubted, doubtedAt, tooLarge, notBefore, away, dueAt },
      effects,
    )
  }
  const isUseful = status === 'open' && now - state.since >= policy.minUptime
  /** What the attempt after this one begins with. */
  const next = () => ({
    attempt: isUseful ? 1 : connection.attempt + 1,
    renewed: isUseful ? undefined : connection.renewed && ('before' as const),
    doubtedAt: connection.doubtedAt,
  })

  /** A connection or an attempt is lost: the policy decides what follows. A forced verdict is not the policy's. */
  const lose = (close: CloseInfo, effects: Effects, forced?: Verdict | 'unauthorized'): Step => {
    const tooLarge = close.code === 1009 ? (isUseful ? 0 : (connection.tooLarge ?? 0)) + 1 : undefined
    const following = { ...next(), tooLarge }
    const { attempt, renewed } = following
    const isRefused =
      status === 'connecting' &&
      state.phase === 'transport' &&
      close.origin === 'network' &&
      policy.auth?.inRequest
    let verdict = forced
    let advice: number | undefined
    if (!verdict) {
      verdict =
        tooLarge === mostTooLarge ? 'stop' : verdictOf(close, { early: !isUseful, hasAuth: !!policy.auth })
      if (!atOnce(policy.shouldRetry(close, verdict))) verdict = 'stop'
      else if (verdict === 'stop') verdict = 'retry'
      advice = atOnce(policy.retryAfter(close))
    }
    if (verdict === 'unauthorized' || (verdict === 'reauthenticate' && renewed)) {
      const error = new SocketError('UNAUTHORIZED', 'A fresh token was refused. Sign in, then connect().')
      return leave({ state: { status: 'unauthorized', error } }, { ...effects, error, close })
    }
    if (verdict === 'stop' || attempt > policy.retries) return end(close, effects)
    if (verdict === 'reauthenticate') {
      return start({ ...effects, close }, { attempt, cause: close, renewed: 'now', tooLarge })
    }
    const advised = verdict === 'retry-slowly' || advice !== undefined
    const slow = advised || isOffline() || (policy.whenHidden !== 'keep' && facts.isHidden())
    let delay = atOnce(
      policy.retryDelay({
        attempt: slow ? Math.max(attempt, slowAttempt) : attempt,
        random,
        cause: close,
      }),
    )
    if (slow) {
      // Every client got the same advice: they come back after it, but not all at once.
      const least = Math.max(advice ?? 0, slowFloor)
      delay = Math.max(delay, least + random() * Math.max(slowFloor, least / 2))
    }
    if (!(delay >= 0)) throw invalid('retryDelay()', 'milliseconds', delay)
    const notBefore = advised ? now + delay : undefined
    return wait(delay, { ...following, cause: close, notBefore, doubted: isRefused }, { ...effects, close })
  }
  /** An attempt whose time has come, or is cut short. */
  const again = () => {
    const { attempt, cause, renewed, tooLarge, doubtedAt = -Infinity } = connection
    const doubted = connection.doubted && now - doubtedAt >= policy.minUptime
    return start({}, { attempt, cause, renewed, tooLarge, doubted, doubtedAt: doubted ? now : doubtedAt })
  }
  /** What stood in the way of an attempt may be gone, or may have come: one is made within `spread`, if any. */
  const wake = (spread: number): Step => {
    if (status !== 'waiting' && status !== 'suspended') return stay
    const { dueAt = Infinity, notBefore = -Infinity } = connection
    const why = obstacle()
    const retryAt = Math.max(notBefore, Math.min(dueAt, now + random() * spread))
    if (why ? status === 'suspended' && state.why === why : retryAt === dueAt) {
      return connection.away ? go({ away: false }) : stay
    }
    if (!why && retryAt <= now) return again()
    const { attempt, cause } = state
    return wait(retryAt - now, { ...connection, attempt, cause, away: false })
  }
  const hear = (signal: NetworkSignal | PageSignal): Step => {
    const isLast = (isUseful ? 0 : connection.attempt) >= policy.retries
    const isOfNetwork = signal === 'online' || signal === 'offline' || signal === 'change'
    if (status === 'open' && signal !== 'leave' && signal !== 'hidden' && signal !== 'freeze') {
      return [connection, { probe: isOfNetwork ? 'always' : 'silent' }]
    }
    if (connection.away && signal !== 'return' && signal !== 'resume' && signal !== 'visible') return stay
    switch (signal) {
      case 'online':
      case 'change': {
        if (status !== 'connecting') return wake(onlineSpread)
        if (isLast) return stay
        // Begun on a network that is no more. One that has just begun waits a moment: networks come and go in bursts.
        const { attempt, cause, renewed, doubted, doubtedAt, tooLarge, startedAt = now } = connection
        const close = lost('network')
        const effects = { ...release(), close }
        const to = { attempt, renewed, doubted, doubtedAt, tooLarge }
        return now - startedAt >= leastAttempt
          ? start(effects, { ...to, cause })
          : wait(leastAttempt * (1 + random()), { ...to, cause: close }, effects)
      }
      case 'offline':
      case 'hidden':
        return status === 'waiting' && obstacle() ? wake(0) : stay
      case 'visible':
      case 'resume':
      case 'return':
        return wake(0)
      case 'leave': {
        if (status === 'waiting' || status === 'suspended') {
          const { attempt, cause } = state
          return wait(0, { ...connection, attempt, cause, away: true })
        }
        if (status !== 'connecting' && status !== 'open') return stay
        const cause = lost('page')
        const effects = release({ code: 1000, reason: 'page hidden' })
        if (isLast) return end(cause, effects)
        const to = { ...(status === 'open' ? next() : connection), cause, away: true }
        return wait(0, to, { ...effects, close: cause })
      }
      default:
        // The app's environment may know more of them.
        signal satisfies 'focus' | 'freeze'
        return stay
    }
  }

  if ('generation' in event && event.generation !== generation) return stay
  switch (event.type) {
    case 'connect':
    case 'reconnect': {
      const close = lost('user')
      if (status === 'closing') return start({ ...release(connection.farewell), close })
      if (status === 'waiting' || status === 'suspended') return again()
      if (status !== 'connecting' && status !== 'open') return start()
      if (event.type === 'connect') return stay
      return start({ ...release({ code: 1000, reason: 'reconnect' }), close }, { cause: close })
    }

    case 'close': {
      const { farewell, drain } = event
      if (status === 'closing' || status === 'closed') return stay
      if (status === 'connecting') return end(lost('user'), release(farewell))
      // No connection and no attempt ends here: there is none.
      if (status !== 'open') return leave({ state: { status: 'closed', cause: lost('user') } }, {})
      if (drain > 0) return go({ state: { status: 'closing', draining: true }, dueAt: now + drain, farewell })
      const [next, effects] = hangUp(farewell)
      return [{ ...next, farewell }, effects]
    }

    case 'drained':
    case 'due':
      if (status === 'closing') {
        if (state.draining) return hangUp(connection.farewell)
        if (event.type === 'due') return end(lost('user'), release())
      }
      if (event.type === 'drained') return stay
      if (status === 'waiting' || status === 'suspended') return again()
      if (status !== 'connecting') return stay
      if (connection.failing) return lose(lost('network'), release())
      return lose(lost('timeout'), {
        ...release(),
        error: new SocketError(
          state.phase === 'handshake' ? 'HANDSHAKE_TIMEOUT' : 'CONNECT_TIMEOUT',
          `Timed out waiting for the ${state.phase}.`,
        ),
      })

    case 'prepared':
      return go({ state: connecting(connection.attempt, 'transport') })

    case 'transport-open': {
      if (status !== 'connecting') return stay
      const dueAt = Math.min(connection.dueAt ?? Infinity, now + policy.handshakeTimeout)
      return go({ state: connecting(connection.attempt, 'handshake'), dueAt })
    }

    case 'transport-error':
      // On an open transport an error says nothing yet: its close does.
      if (status !== 'connecting' || connection.failing) return stay
      return go({ failing: true, dueAt: Math.min(connection.dueAt ?? Infinity, now + errorGrace) })

    case 'transport-close': {
      const { close } = event
      if (status !== 'closing') return lose(close, { release: { died: true } })
      // Once we said goodbye, what went before it may have arrived with it: it does not wait again.
      if (state.draining) return end(close, { release: { died: true } })
      return end({ ...close, origin: 'user', uncertain: facts.uncertain }, { release: { died: false } })
    }

    case 'accepted':
    case 'rotated':
      if (status !== (event.type === 'accepted' ? 'connecting' : 'open')) return stay
      return go({
        // What went before counts, though the connection that was useful is not this one.
        ...(isUseful && { attempt: 0, renewed: undefined, tooLarge: undefined }),
        state: { status: 'open', since: now, protocol: event.protocol, suspect: false, rotating: false },
        dueAt: undefined,
      })

    case 'show': {
      if (status !== 'open') return stay
      const { suspect = state.suspect, rotating = state.rotating } = event
      if (suspect === state.suspect && rotating === state.rotating) return stay
      return go({ state: { ...state, suspect, rotating } })
    }

    case 'signal':
      return hear(event.signal)

    case 'give-up': {
      const { error, origin, verdict } = event
      const isSilent = origin === 'heartbeat'
      // Nobody is there to take what is still to leave.
      if (status === 'closing') return isSilent && state.draining ? end(lost(origin), release()) : stay
      const farewell = isSilent ? givenUp : { code: 1000, reason: '' }
      return lose(lost(origin), { ...release(farewell), error }, verdict)
    }

    default:
      return event satisfies never
  }
}
