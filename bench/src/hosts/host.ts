// A host is where contenders run: Node or Chromium. Each contender has a process or a page of its own there, so that none
// meets code that was optimised for another.

import type { Contender } from '../contenders/contender'
import type { works } from '../works'

/** What the work of a section is given: the client to measure, and what differs between the hosts. */
export interface Bench {
  readonly name: string
  readonly contender: Contender
  /** The bare socket: `ws` in Node, the native class in Chromium. */
  readonly WebSocket: typeof WebSocket
  /** Resolves in a later task, as soon as possible. */
  readonly turn: () => Promise<void>
  /** Bytes of live JavaScript objects, after a garbage collection. */
  readonly heapUsed: () => Promise<number>
  /** The event that a transport makes of a frame. */
  readonly messageEvent: (data: string) => unknown
  /** Timers that are set and have not fired; only with `countTimers`. */
  readonly liveTimers: () => number
}

type Works = typeof works
type Arguments<F> = F extends (bench: Bench, args: infer A) => unknown ? A : never
type Result<F> = F extends (...args: never[]) => infer R ? Awaited<R> : never

/** One contender, in a process or page of its own. */
export interface Runner {
  readonly name: string
  run<S extends keyof Works, W extends keyof Works[S]>(
    section: S,
    work: W,
    args: Arguments<Works[S][W]>,
  ): Promise<Result<Works[S][W]>>
  stop(): Promise<void>
}

export interface StartOptions {
  /** Wraps the platform's timers before the contender is loaded. */
  readonly countTimers?: boolean
  /** The page as developers have it, not as it is deployed. Chromium only. */
  readonly development?: boolean
}

export interface Host {
  readonly name: 'Node' | 'Chromium'
  readonly version: string
  start(contender: string, options?: StartOptions): Promise<Runner>
  stop(): Promise<void>
}
