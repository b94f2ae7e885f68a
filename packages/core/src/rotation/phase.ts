// What a rotation is at, and what follows from what happens to it.
//
//               ask           accepted           fenced, due
//    resting ────────► opening ────────► fencing ─────────────► lingering ──due──► over
//       ▲                 │ failed, due     │ failed
//       └─────────────────┴─────────────────┘

/** `opening`: the second transport is on its way. `fencing`: the first is being emptied. `lingering`: it is only heard. */
export type Phase = 'resting' | 'opening' | 'fencing' | 'lingering' | 'over'

/** `due`: the time of the phase is up. `failed`: the second transport did not make it, or was lost. */
export type RotationEvent = 'ask' | 'accepted' | 'fenced' | 'failed' | 'due'

const table: { readonly [P in Phase]: { readonly [E in RotationEvent]?: Phase } } = {
  resting: { ask: 'opening' },
  opening: { accepted: 'fencing', failed: 'resting', due: 'resting' },
  // What could not be proven to have arrived in time has to be believed.
  fencing: { fenced: 'lingering', failed: 'resting', due: 'lingering' },
  lingering: { due: 'over' },
  over: {},
}

/** The next phase; the same where the event means nothing in this one. */
export const nextPhase = (phase: Phase, event: RotationEvent): Phase => table[phase][event] ?? phase
