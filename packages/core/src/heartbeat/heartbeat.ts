// heartbeat: whether the other end is still there.

import { atOnce } from '../deferred'
import { longestSleep } from '../timer'
import type { Heartbeat } from '../types'
import { anything, callback, duration, flag, invalid, validate } from '../validate'
import {
  type Action,
  pong as answered,
  beat,
  beginPulse,
  hasJumped,
  isProbing,
  isSilent,
  type Pulse,
  pinged,
  probe as probed,
} from './pulse'

export interface HeartbeatOptions {
  /**
   * Milliseconds between two pings; in passive mode, between two signs of life at most. A ping that no pong answers is
   * followed by the next after `timeout`, where that is longer. @default 25_000
   */
  readonly interval?: number
  /**
   * Milliseconds that may pass after a ping before anything is heard. Must exceed the time that the largest message
   * takes on the wire, since a page sees no part of a message before it is whole. @default 10_000
   */
  readonly timeout?: number
  /**
   * What is sent, or a function that makes it. @default a ping of the protocol where the environment has
   * `protocolPings`; else 'ping', `{ type: 'ping' }` with the json codec
   */
  readonly ping?: unknown | (() => unknown)
  /**
   * Whether a decoded message is a pong; such messages reach no listener. It is asked with each ping that is still
   * unanswered, oldest first, and at last with `undefined`: so a pong that names its ping is told apart, and one that is
   * too late is a pong all the same.
   * @default `'pong'`, or an object whose `type` is `'pong'`: it answers the oldest ping
   */
  readonly isPong?: (message: unknown, ping: any) => boolean
  /**
   * The server pings and we listen: nothing is sent, but for what `pong` gives, and for probes where `ping` is given or
   * the environment has `protocolPings`.
   * Silence is known between `interval + timeout` and one interval later.
   * @default false
   */
  readonly passive?: boolean
  /**
   * Whether a decoded message is the server's ping; such messages reach no listener, and are answered by `pong`.
   * @default in passive mode `'ping'`, or an object whose `type` is `'ping'`; else none
   */
  readonly isPing?: (message: unknown) => boolean
  /** What answers a server's ping, or a function that makes it of the ping. @default 'pong'; `{ type: 'pong' }` with the json codec */
  readonly pong?: unknown | ((ping: any) => unknown)
}

/** A ping as it went out, and what its pong sets off. */
interface Sent {
  readonly at: number
  message?: unknown
  readonly answered: () => void
}

/**
 * A page that was busy finds its timers before the frames that came meanwhile (in Firefox, whatever their order was): a
 * look that comes this late gives them time before it judges.
 */
const busy = 50
const patience = 100

/**
 * Sends a ping every `interval`. When nothing at all is heard within `timeout` of it, the transport is replaced at once,
 * without waiting for its `close`. Any frame is a sign of life, whatever it holds; only the pong measures latency.
 *
 * It pings on a busy connection too: a stream of inbound messages says nothing of the way out, and so a half-open
 * connection is found within `interval + timeout` of its death. After what makes one likely (the network changed, the
 * page or the machine slept, the clock jumped) it asks at once, and waits for 2 to 5 s. A transport whose buffer did
 * not move for `timeout`, with no pong in that time, is dead as well, whatever comes in.
 *
 * @throws {SocketError} `INVALID_OPTION`
 */
export function heartbeat(options: HeartbeatOptions = {}): Heartbeat {
  validate('heartbeat', options, {
    interval: duration,
    timeout: duration,
    ping: anything,
    isPong: callback,
    passive: flag,
    isPing: callback,
    pong: anything,
  })
  const { interval = 25_000, timeout = 10_000, ping, isPong = isType('pong'), passive, pong } = options
  const isPing = options.isPing ?? (passive ? isType('ping') : undefined)
  if (!interval || !timeout) throw invalid('heartbeat: interval and timeout', 'more than 0', 0)
  const rhythm = { interval, timeout, passive }

  return {
    begin(host) {
      const { clock, codec, send } = host
      let heard = false
      let isOver = false
      let isSuspect = false
      let hasPonged = false
      /** A ping that was given up: a pong that fits it as well names none, may be for that one, and proves nothing. */
      let givenUp: Sent | undefined
      let timer: unknown
      let pulse: Pulse<Sent> = beginPulse(clock.now(), rhythm)

      const arm = () => {
        clock.clearTimeout(timer)
        const delay = Math.min(Math.max(0, pulse.dueAt - clock.now()), longestSleep)
        timer = clock.setTimeout(() => look(), delay)
      }
      const suspect = (suspected: boolean) => {
        if (suspected === isSuspect) return
        isSuspect = suspected
        host.onSuspect(suspected)
      }
      const protocolPing =
        ping === undefined
          ? host.protocolPings?.((what) => {
              if (isOver) return
              heard = true
              const oldest = pulse.unanswered[0]
              if (what === 'pong' && oldest) answer(oldest, !givenUp)
            })
          : undefined
      /** Also for a function that looks into the ping without asking whether there is one. */
      const isLatePong = (message: unknown): boolean => {
        let answers: unknown
        try {
          answers = isPong(message, undefined)
        } catch {}
        return !!atOnce(answers)
      }
      const canPing = !passive || ping !== undefined || protocolPing
      const sendPing = (then?: () => void) => {
        const proven = host.mark?.()
        const sent: Sent = {
          at: clock.now(),
          answered() {
            proven?.()
            then?.()
          },
        }
        const before = pulse.unanswered
        pulse = pinged(pulse, sent)
        if (pulse.unanswered.length <= before.length) givenUp = before[0]
        if (protocolPing) return protocolPing()
        send(() => {
          sent.message = made(ping, undefined) ?? named(codec, 'ping')
          return sent.message
        })
      }
      const act = (action: Action) => {
        if (action === 'dead') return host.onSilence()
        // A pong that was for an older ping speaks for the peer as well as anything new would.
        heard = action === 'settle' && hasPonged
        hasPonged = false
        arm()
        if (action === 'rest') return suspect(false)
        if (action === 'probe') {
          if (!canPing) {
            // A server that lives will ping within its interval.
            pulse = { ...pulse, phase: 'asked', dueAt: pulse.lookedAt + interval }
            return arm()
          }
          suspect(true)
          // Whoever was told may have ended the connection.
          if (isOver) return
        }
        if (action === 'probe' || (action === 'ping' && !passive)) sendPing()
        if (action === 'ping') host.isStalled()
      }
      const look = (wasPatient?: boolean) => {
        if (isOver) return
        const late = clock.now() - pulse.dueAt
        const [next, action] = beat(
          pulse,
          clock.now(),
          { heard, stalled: pulse.phase === 'asked' && host.isStalled() },
          rhythm,
        )
        if (action === 'dead' && late > busy && !wasPatient) {
          timer = clock.setTimeout(() => look(true), patience)
          return
        }
        pulse = next
        act(action)
      }
      const probe = () => {
        if (isOver || !canPing) return
        pulse = probed(pulse, clock.now(), rhythm)
        act('probe')
      }
      const answer = (sent: Sent, isProof: boolean) => {
        const waited = pulse.unanswered.slice(0, pulse.unanswered.indexOf(sent) + 1)
        pulse = answered(pulse, sent, clock.now(), rhythm)
        hasPonged = true
        if (pulse.phase === 'resting') {
          arm()
          suspect(false)
        }
        host.onLatency(pulse.latency as number)
        if (isProof) for (const ping of waited) ping.answered()
      }
      arm()

      return {
        heard: () => {
          heard = true
        },
        receive(message) {
          heard = true
          if (isPing && atOnce(isPing(message))) {
            send(() => made(pong, message) ?? named(codec, 'pong'))
            return true
          }
          for (const sent of pulse.unanswered) {
            if (!atOnce(isPong(message, sent.message))) continue
            if (!isOver) answer(sent, !givenUp || !atOnce(isPong(message, givenUp.message)))
            return true
          }
          return isLatePong(message)
        },
        probe(ifSilent) {
          // A network that comes and goes would put the verdict off for ever.
          if (
            isProbing(pulse) ? ifSilent || pulse.isSecond : ifSilent && !isSilent(pulse, clock.now(), heard)
          )
            return
          probe()
        },
        isDoubtful: () => !isSuspect && hasJumped(pulse, clock.now(), rhythm),
        ...(canPing && { fence: (then: () => void) => sendPing(then) }),
        stop() {
          isOver = true
          clock.clearTimeout(timer)
        },
      }
    },
  }
}

const isType = (type: string) => (message: unknown) =>
  message === type || (message as { type?: unknown } | null | undefined)?.type === type

const named = (codec: string, type: string) => (codec === 'json' ? { type } : type)

/** What the app gave, or what its function makes. */
const made = (given: unknown, of: unknown) => (typeof given === 'function' ? atOnce(given(of)) : given)
