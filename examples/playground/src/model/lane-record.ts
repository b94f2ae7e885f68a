// What the timeline shows of one lane: the last minute of its states, and its attempts and probes.

import type { SocketState } from '@hawser/core'

/** Milliseconds that the timeline goes back. */
export const span = 60_000

export interface Phase {
  readonly status: SocketState['status']
  /** Lasts until the next one begins (ms since the epoch). */
  readonly from: number
}

export type MarkKind = 'attempt' | 'ping' | 'pong'

export interface Mark {
  readonly kind: MarkKind
  readonly at: number
}

export class LaneRecord {
  phases: Phase[] = []
  marks: Mark[] = []
  attempts = 0

  get status(): Phase['status'] {
    return this.phases.at(-1)?.status ?? 'idle'
  }

  enter(status: Phase['status'], at: number): void {
    if (this.phases.length === 0 || status !== this.status) this.phases.push({ status, from: at })
  }

  mark(kind: MarkKind, at: number): void {
    if (kind === 'attempt') this.attempts++
    this.marks.push({ kind, at })
  }

  /** Forgets what ended before `since`; the state that lasted then stays. */
  forget(since: number): void {
    const first = this.phases.findLastIndex(({ from }) => from <= since)
    if (first > 0) this.phases.splice(0, first)
    const seen = this.marks.findIndex(({ at }) => at >= since)
    this.marks.splice(0, seen < 0 ? this.marks.length : seen)
  }
}
