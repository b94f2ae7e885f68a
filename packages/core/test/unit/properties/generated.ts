// How the property tests run: with many generated events, which are counted, and with a seed that a failure shows.
// HAWSER_SEED=… (and HAWSER_PATH=…, both stand in the failure) run the same sequence again.
import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'

const { HAWSER_SEED, HAWSER_PATH } = process.env

fc.configureGlobal({
  ...(HAWSER_SEED && { seed: Number(HAWSER_SEED) }),
  ...(HAWSER_PATH && { path: HAWSER_PATH }),
})

/** Long enough for a slow machine, with the shrinking of a failure. */
export const patience = 120_000

/** Long lists of whatever it is, not the short ones that fast-check likes. */
export const sequence = <T>(one: fc.Arbitrary<T>, maxLength: number) =>
  fc.array(one, { maxLength, size: 'max' })

/** Throws where something does not hold. Far cheaper than `expect`, and there are very many of them. */
export function check(holds: boolean, what: string | (() => string)): asserts holds {
  if (!holds) throw new Error(typeof what === 'string' ? what : what())
}

/** Counts the generated events of a file, prints the number, and, at the end of the file, holds it to a least. */
export function counter(name: string) {
  const counter = {
    events: 0,
    atLeast(least: number) {
      it(`${name}: at least ${least} generated events`, () => {
        if (!HAWSER_PATH) expect(counter.events).toBeGreaterThanOrEqual(least)
      })
    },
  }
  afterAll(() => console.info(`${name}: ${counter.events} generated events`))
  return counter
}
