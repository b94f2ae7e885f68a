// rotation: from one connection to the next without a gap.

import { atOnce } from '../deferred'
import { SocketError } from '../errors'
import { longestSleep } from '../timer'
import type { Rotation } from '../types'
import { callback, duration, validate } from '../validate'
import { nextPhase, type Phase, type RotationEvent } from './phase'

/** A second connection that failed, where a server or a token called for it, is tried again after 1 to 2 of these. */
const retryWait = 5_000

export interface RotationOptions {
  /**
   * Milliseconds for which the first transport is still listened to once the second has taken over: replies to what was
   * sent on it come back on it. @default 5_000
   */
  readonly linger?: number
  /**
   * Milliseconds to wait, between the two, for the proof that all that was sent on the first has arrived: the pong to a
   * ping sent behind it; without a heartbeat, an empty buffer. Messages wait meanwhile. @default 2_000
   */
  readonly fenceTimeout?: number
  /**
   * Whether a decoded message says that the server is going away, and in how many milliseconds. Such a message reaches
   * no listener; the rotation begins at a random time in the first half of them. @default none
   */
  readonly goingAway?: (message: unknown) => number | undefined
}

/**
 * Lets a socket go over to a new connection without a gap: for `socket.rotate()`, `tokenAuth({ renew: 'rotate' })` and a
 * server that announces its end. The second connection is opened, authorised and greeted while the first is in use;
 * then sending stops on the first, what was sent on it arrives, and sending goes on on the second. `status` stays
 * `open`, and neither `open` nor `close` is told: what each connection has to hear belongs in `onHandshake`.
 *
 * What could not be proven to have arrived within `fenceTimeout` is counted in `uncertain`, and may be overtaken. A server
 * that sends to all connections sends some messages twice in the meantime. Where the second fails, the first
 * goes on, and an `error` with code `ROTATION` says why; where a server or a token called for it, it is tried again.
 *
 * @throws {SocketError} `INVALID_OPTION`
 */
export function rotation(options: RotationOptions = {}): Rotation {
  validate('rotation', options, { linger: duration, fenceTimeout: duration, goingAway: callback })
  const { linger = 5_000, fenceTimeout = 2_000, goingAway } = options

  return {
    begin(host) {
      const { clock, random, leastUptime } = host
      const begunAt = clock.now()
      const durations: { readonly [P in Phase]?: number } = {
        opening: host.connectTimeout,
        fencing: fenceTimeout,
        lingering: linger,
      }
      let phase: Phase = 'resting'
      let timer: unknown
      let rotations = 0
      let isCalledFor = false

      const askIn = (delay: number) => {
        clock.clearTimeout(timer)
        timer = clock.setTimeout(() => step('ask'), Math.min(delay, longestSleep))
      }
      const step = (event: RotationEvent, error?: SocketError) => {
        const before = phase
        phase = nextPhase(before, event)
        if (phase === before) return
        clock.clearTimeout(timer)
        const time = durations[phase] ?? Infinity
        if (time < Infinity) timer = clock.setTimeout(() => step('due'), Math.min(time, longestSleep))
        if (phase === 'opening') {
          const turn = ++rotations
          host.open((error) => turn === rotations && step(error ? 'failed' : 'accepted', error))
        } else if (phase === 'fencing') {
          const turn = rotations
          host.hold(() => turn === rotations && step('fenced'))
        } else if (phase === 'lingering') host.takeOver(event === 'fenced')
        else if (phase === 'over') host.endFirst()
        else {
          // No token will do: the first is used for as long as the server lets it.
          if (error?.code === 'UNAUTHORIZED') isCalledFor = false
          if (isCalledFor) askIn(retryWait * (1 + random()))
          host.giveUp(error ?? new SocketError('ROTATION', 'The second connection was not accepted in time.'))
        }
      }

      return {
        rotate(calledFor) {
          isCalledFor ||= calledFor
          step('ask')
        },
        receive(message) {
          const left = goingAway && atOnce(goingAway(message))
          if (typeof left !== 'number' || !(left >= 0)) return false
          isCalledFor = true
          // A server, or a balancer before it, may say so on each connection.
          if (phase === 'resting')
            askIn(Math.max((random() * left) / 2, Math.min(leastUptime, begunAt + leastUptime - clock.now())))
          return true
        },
        get isReady() {
          return phase === 'fencing'
        },
        takeOver: () => void (phase === 'fencing' && step('due')),
        stop() {
          phase = 'over'
          clock.clearTimeout(timer)
        },
      }
    },
  }
}
