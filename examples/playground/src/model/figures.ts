// The figures that each lane shows, in their order: the same for all, whatever renders them.

import type { Tally } from './tally'
import { grouped, milliseconds } from './words'

export interface Figure {
  readonly name: string
  readonly value: string
  /** Worth a second look. */
  readonly alarm?: boolean
}

export interface Measured {
  /** The last round trip, in milliseconds; `null` where nothing measures it. */
  readonly latency: number | null | undefined
  readonly waiting: number
  readonly attempts: number
}

export function figuresOf(tally: Tally, { latency, waiting, attempts }: Measured): readonly Figure[] {
  return [
    { name: 'Round trip', value: latency === null ? 'no pings' : milliseconds(latency) },
    { name: 'Waiting', value: grouped(waiting) },
    { name: 'Under way', value: grouped(tally.underWay) },
    { name: 'Attempts', value: grouped(attempts) },
    { name: 'Made', value: grouped(tally.sent) },
    { name: 'Arrived', value: grouped(tally.arrived) },
    { name: 'Lost', value: grouped(tally.lost), alarm: tally.lost > 0 },
    { name: 'Doubled', value: grouped(tally.doubled), alarm: tally.doubled > 0 },
  ]
}

/** How many of the last notes each lane shows one by one. */
export const shownNotes = 32

export type Fate = 'queued' | 'sent' | 'answered' | 'dropped'

/** The fates of the last notes, oldest first: `answered` once the server has sent the note back. */
export function fatesOf(
  notes: readonly { readonly n: number; readonly status: string }[],
  answers: Iterable<number>,
): readonly Fate[] {
  const answered = new Set(answers)
  return notes.map(({ n, status }) =>
    answered.has(n) ? 'answered' : status === 'queued' || status === 'dropped' ? status : 'sent',
  )
}
