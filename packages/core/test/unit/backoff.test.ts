// The windows that retry delays are drawn from.
import { describe, expect, it } from 'vitest'
import { type BackoffOptions, exponentialBackoff } from '../../src/connection/backoff'
import { thrown } from './support'

const cause = {
  code: 1006,
  reason: '',
  wasClean: false,
  origin: 'network',
  uncertain: { messages: 0, bytes: 0 },
} as const

const delay = (attempt: number, random: () => number, options?: BackoffOptions) =>
  exponentialBackoff(options)({ attempt, random, cause })

/** Both ends of the window of a retry. */
const window = (attempt: number, options?: BackoffOptions) => [
  delay(attempt, () => 0, options),
  delay(attempt, () => 1, options),
]

describe('exponentialBackoff', () => {
  it.each([
    [1, 0, 1_000],
    [2, 1_000, 3_500],
    [3, 3_500, 12_000],
    [4, 6_000, 12_000],
    [5, 6_000, 12_000],
    [100, 6_000, 12_000],
    [100_000, 6_000, 12_000],
  ])('B4 draws retry %i from the documented window, the first from the first', (attempt, from, to) => {
    expect(window(attempt)).toEqual([from, to])
  })

  it.each([
    [
      { first: 200, factor: 2, max: 5_000 },
      [
        [0, 200],
        [200, 400],
        [400, 800],
        [800, 1_600],
        [1_600, 3_200],
        [2_500, 5_000],
      ],
    ],
    [
      { first: 1_000, factor: 1, max: 10_000 },
      [
        [0, 1_000],
        [1_000, 1_000],
        [1_000, 1_000],
      ],
    ],
    [
      { first: 9_000, factor: 10, max: 4_000 },
      [
        [0, 4_000],
        [2_000, 4_000],
        [2_000, 4_000],
      ],
    ],
  ])('B4 follows the same formula with other options: %j', (options, windows) => {
    expect(windows.map((_, index) => window(index + 1, options))).toEqual(windows)
  })

  it.each([1, 2, 3, 4, 5, 20, 1_000])(
    'B1 spreads the delay over the whole window at attempt %i',
    (attempt) => {
      const [from = 0, to = 0] = window(attempt)
      const draws = Array.from({ length: 100 }, (_, i) => delay(attempt, () => i / 100))
      expect(new Set(draws).size).toBeGreaterThanOrEqual(50)
      expect(draws).toEqual(draws.map((_, i) => from + (i / 100) * (to - from)))
    },
  )

  it('B1 gives at least 50 values in 100 draws of a true random source, the cap included', () => {
    for (const attempt of [1, 2, 3, 4, 50]) {
      expect(
        new Set(Array.from({ length: 100 }, () => delay(attempt, Math.random))).size,
      ).toBeGreaterThanOrEqual(50)
    }
  })

  it('B2 draws from the random source of each call, so two sockets differ', () => {
    const retryDelay = exponentialBackoff()
    expect(retryDelay({ attempt: 1, random: () => 0.25, cause })).toBe(250)
    expect(retryDelay({ attempt: 1, random: () => 0.75, cause })).toBe(750)
  })

  it('B2 draws anew at each call, and once', () => {
    let draws = 0
    const random = () => ++draws / 10
    const retryDelay = exponentialBackoff()
    expect([1, 2].map(() => retryDelay({ attempt: 1, random, cause }))).toEqual([100, 200])
    expect(draws).toBe(2)
  })

  it('B15 delays the first retry by a random share, whose median leaves a short break at or under 600 ms', () => {
    expect(window(1)[0]).toBe(0)
    expect(delay(1, () => 0.5)).toBeLessThanOrEqual(600)
    expect(delay(1, () => 0.001)).toBeGreaterThan(0)
  })

  it.each([1, 2, 10, 500, 600, 5_000])(
    'B1 gives a number for attempt %i with a first window of nothing',
    (attempt) => {
      expect(window(attempt, { first: 0 })).toEqual([0, 0])
    },
  )

  it.each([
    [{ first: -1 }, 'first'],
    [{ first: Number.NaN }, 'first'],
    [{ factor: 0.9 }, 'factor'],
    [{ max: '12' as never }, 'max'],
    [{ jitter: 1 } as never, 'jitter'],
  ])('throws INVALID_OPTION, naming it, for %j', (options, name) => {
    expect(() => exponentialBackoff(options)).toThrow(thrown('INVALID_OPTION', name))
  })
})
