// heartbeat: whether the other end is still there.

import { atOnce } from '../deferred'
import type { Heartbeat } from '../types'
import { anything, callback, duration, invalid, validate } from '../validate'
import { beat, beginPulse, type Pulse, pong } from './pulse'

export interface HeartbeatOptions {
  /** Milliseconds between two pings. @default 25_000 */
  readonly interval?: number
  /**
   * Milliseconds that may pass after a ping before anything is heard. Must exceed the time that the largest message
   * takes on the wire, since a page sees no part of a message before it is whole. @default 10_000
   */
  readonly timeout?: number
  /** What is sent, or a function that makes it. @default 'ping'; `{ type: 'ping' }` with the json codec */
  readonly ping?: unknown | (() => unknown)
  /**
   * Whether a decoded message answers a ping. Such messages reach no listener.
   * @default `'pong'`, or an object whose `type` is `'pong'`
   */
  readonly isPong?: (message: unknown) => boolean
}

/** Longest sleep of a platform's timer; a longer one would fire at once. */
const maxDelay = 2 ** 31 - 1

/**
 * Sends a ping every `interval`. When nothing at all is heard within `timeout` of it, the transport is replaced at once,
 * without waiting for its `close`. Any frame is a sign of life, whatever it holds; only the pong measures latency.
 *
 * It pings on a busy connection too: a stream of inbound messages says nothing of the way out, and so a half-open
 * connection is found within `interval + timeout` of its death.
 *
 * @throws {SocketError} `INVALID_OPTION`
 */
export function heartbeat(options: HeartbeatOptions = {}): Heartbeat {
  validate('heartbeat', options, { interval: duration, timeout: duration, ping: anything, isPong: callback })
  const { interval = 25_000, timeout = 10_000, ping, isPong = isDefaultPong } = options
  if (!interval || !timeout) throw invalid('heartbeat: interval and timeout', 'more than 0', 0)
  const rhythm = { interval, timeout }

  return {
    begin({ clock, codec, send, onSilence, onLatency }) {
      let heard = false
      let timer: unknown
      let pulse: Pulse
      const arm = (next: Pulse) => {
        clock.clearTimeout(timer)
        pulse = next
        timer = clock.setTimeout(look, Math.min(Math.max(0, pulse.dueAt - clock.now()), maxDelay))
      }
      const look = () => {
        const [next, action] = beat(pulse, clock.now(), heard, rhythm)
        heard = false
        if (action === 'dead') return onSilence()
        arm(next)
        if (action === 'ping') {
          send(() =>
            typeof ping === 'function'
              ? atOnce(ping())
              : (ping ?? (codec === 'json' ? { type: 'ping' } : 'ping')),
          )
        }
      }
      arm(beginPulse(clock.now(), rhythm))
      return {
        heard: () => {
          heard = true
        },
        receive(message) {
          heard = true
          if (!atOnce(isPong(message))) return false
          const [next, latency] = pong(pulse, clock.now(), rhythm)
          if (latency !== undefined) {
            arm(next)
            onLatency(latency)
          }
          return true
        },
        stop: () => clock.clearTimeout(timer),
      }
    },
  }
}

const isDefaultPong = (message: unknown) =>
  message === 'pong' || (message as { type?: unknown } | null | undefined)?.type === 'pong'
