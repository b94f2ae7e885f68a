// A rotation's phases: what follows from each event in each of them.
import { describe, expect, it } from 'vitest'
import { nextPhase, type Phase, type RotationEvent } from '../../src/rotation/phase'

const phases: Phase[] = ['resting', 'opening', 'fencing', 'lingering', 'over']
const events: RotationEvent[] = ['ask', 'accepted', 'fenced', 'failed', 'due']

/** All that leads elsewhere. */
const steps: { readonly [step: string]: Phase } = {
  'resting, ask': 'opening',
  'opening, accepted': 'fencing',
  'opening, failed': 'resting',
  'opening, due': 'resting',
  'fencing, fenced': 'lingering',
  'fencing, failed': 'resting',
  'fencing, due': 'lingering',
  'lingering, due': 'over',
}
const table = phases.flatMap((phase) =>
  events.map((event) => [phase, event, steps[`${phase}, ${event}`] ?? phase] as const),
)

describe('a rotation', () => {
  it.each(table)('that is %s hears %s: %s', (phase, event, next) => {
    expect(nextPhase(phase, event)).toBe(next)
  })

  it('goes its way from asked to over', () => {
    const way: Phase[] = []
    let phase: Phase = 'resting'
    for (const event of ['ask', 'accepted', 'fenced', 'due'] as const) {
      phase = nextPhase(phase, event)
      way.push(phase)
    }
    expect(way).toEqual(['opening', 'fencing', 'lingering', 'over'])
  })

  it('never opens a second time once the second has taken over: what follows is a rotation of the second', () => {
    for (const phase of ['lingering', 'over'] as const) {
      for (const event of events) expect(['lingering', 'over']).toContain(nextPhase(phase, event))
    }
  })
})
