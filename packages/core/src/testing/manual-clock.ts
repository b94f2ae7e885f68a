// A clock that stands still until a test moves it: give it to `environment.clock`.

import type { Clock } from '../types'

/** The largest delay that platforms keep: one more, and `setTimeout` fires at once (it is a signed 32-bit number). */
const longestDelay = 2 ** 31 - 1

/** Turns that ask for turns would otherwise keep a clock that stands still busy for ever. */
const roundsPerInstant = 1_000

export interface ManualClock extends Clock {
  /**
   * Moves the time on by `ms` milliseconds and runs what falls due on the way: waiting turns first, then each timer at
   * its own time, those armed on the way included, equal times in the order in which they were armed. Between any two
   * of them promises settle, however long the chain. `advance(0)` runs the turns and whatever is due by now.
   *
   * Turns that ask for turns run 1 000 deep; then the time goes on, and the rest waits for the next instant or call.
   * Rejects with what a callback throws; time stands then where it threw, and that callback will not run again.
   */
  advance(ms: number): Promise<void>
  /** The same without letting promises settle: what waits for one happens after the call. */
  advanceSync(ms: number): void
  /** Runs the turns that wait now, and not those that they ask for. */
  runTurns(): void
  /**
   * Makes `now()` jump, forwards or back, to `ms` since the epoch. Runs nothing: like the platform's, armed timers keep
   * the time that they had left. A machine that wakes from sleep looks like this.
   */
  setNow(ms: number): void
  /** How many timers are armed. Turns are not timers. */
  readonly timers: number
  /** How many turns wait. */
  readonly turns: number
  /** When the next timer fires (ms since the epoch), as far as `now()` can tell. */
  readonly nextDue: number | undefined
}

interface Timer {
  readonly due: number
  readonly fn: () => void
}

/**
 * Makes a clock for tests. It follows the platform where that bites: a delay below 1 ms counts as 1 (as in Node), and
 * one beyond 2^31−1 ms, or that is not a number, does so too: it fires at once.
 *
 * @param start what `now()` says at first (ms since the epoch). @default 0
 *
 * @example
 * const clock = manualClock()
 * const socket = createSocket(server.url, { environment: { clock, WebSocket: server.WebSocket } })
 * socket.connect()
 * await clock.advance(0)
 */
export function manualClock(start = 0): ManualClock {
  /** Timers run on a time of their own that never jumps; `now()` is that plus `offset`. */
  let elapsed = 0
  let offset = start
  /** Sorted by `due`. */
  const timers: Timer[] = []
  let turns: Array<() => void> = []
  const settle = promiseSettler()

  const advancing = (ms: number) => {
    const end = elapsed + ms
    let rounds = 0
    /** Runs one round of turns or one timer. `false`: there is nothing left before `end`. */
    return () => {
      if (turns.length > 0 && rounds < roundsPerInstant) {
        rounds += 1
        clock.runTurns()
        return true
      }
      const next = timers[0]
      if (next === undefined || next.due > end) {
        elapsed = Math.max(elapsed, end)
        return false
      }
      if (next.due > elapsed) rounds = 0
      elapsed = Math.max(elapsed, next.due)
      timers.shift()
      next.fn()
      return true
    }
  }

  const clock: ManualClock = {
    now: () => elapsed + offset,
    setTimeout(fn, delay) {
      const kept = delay >= 1 && delay <= longestDelay ? delay : 1
      const timer: Timer = { due: elapsed + kept, fn }
      timers.splice(firstAfter(timers, timer.due), 0, timer)
      return timer
    },
    clearTimeout(timer) {
      const index = timers.indexOf(timer as Timer)
      if (index >= 0) timers.splice(index, 1)
    },
    turn(fn) {
      turns.push(fn)
    },
    async advance(ms) {
      const step = advancing(ms)
      do await settle()
      while (step())
    },
    advanceSync(ms) {
      const step = advancing(ms)
      while (step());
    },
    runTurns() {
      const round = turns
      turns = []
      // A turn that throws must not take the others with it: they wait for the next round.
      for (let done = 0; done < round.length; done += 1) {
        try {
          round[done]?.()
        } catch (error) {
          turns = [...round.slice(done + 1), ...turns]
          throw error
        }
      }
    },
    setNow(ms) {
      offset = ms - elapsed
    },
    get timers() {
      return timers.length
    },
    get turns() {
      return turns.length
    },
    get nextDue() {
      const next = timers[0]
      return next && next.due + offset
    },
  }
  return clock
}

/** Where a timer due at `due` belongs: behind those due at the same time. */
function firstAfter(timers: readonly Timer[], due: number): number {
  let low = 0
  let high = timers.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((timers[middle] as Timer).due <= due) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * Waits for a later task, by when every promise chain has run to its end. A message channel, because libraries that
 * fake timers leave it alone; the port has a handler only while somebody waits, so it keeps no process alive.
 */
function promiseSettler(): () => Promise<void> {
  let channel: MessageChannel | undefined
  const waiting: Array<() => void> = []
  return () =>
    new Promise<void>((settled) => {
      waiting.push(settled)
      channel ??= new MessageChannel()
      const { port1, port2 } = channel
      port1.onmessage = () => {
        waiting.shift()?.()
        if (waiting.length === 0) port1.onmessage = null
      }
      port2.postMessage(null)
    })
}
