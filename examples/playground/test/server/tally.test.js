// The counting alone: tables, and sequences made by chance beside a count that remembers everything.
import { expect, it } from 'vitest'
import { createTally } from '../../server/tally.js'

/** @param {number[]} numbers */
function tallied(numbers) {
  const tally = createTally()
  for (const n of numbers) tally.take(n)
  return tally.counts()
}

it.each([
  ['nothing', [], { arrived: 0, doubled: 0, reordered: 0, highest: 0 }],
  ['all in order', [1, 2, 3], { arrived: 3, doubled: 0, reordered: 0, highest: 3 }],
  ['a gap', [1, 4], { arrived: 2, doubled: 0, reordered: 0, highest: 4 }],
  ['a first one that is missing', [2], { arrived: 1, doubled: 0, reordered: 0, highest: 2 }],
  ['one that comes late', [1, 3, 2], { arrived: 3, doubled: 0, reordered: 1, highest: 3 }],
  ['a gap that fills from its middle', [5, 3, 2, 4, 1], { arrived: 5, doubled: 0, reordered: 4, highest: 5 }],
  ['doubles, at once and later', [1, 1, 2, 1], { arrived: 2, doubled: 2, reordered: 0, highest: 2 }],
  ['a double of a late one', [3, 1, 1, 3], { arrived: 2, doubled: 2, reordered: 1, highest: 3 }],
  ['a leap', [1, Number.MAX_SAFE_INTEGER, 7], { arrived: 3, doubled: 0, reordered: 1, highest: 2 ** 53 - 1 }],
])('counts %s', (_, numbers, counts) => {
  expect(tallied(numbers)).toEqual(counts)
})

it('counts what comes in any order as somebody does who remembers every number', () => {
  const random = seeded(20)
  for (let round = 0; round < 300; round++) {
    const numbers = Array.from({ length: 40 }, () => 1 + Math.floor(random() * 30))
    const isNew = numbers.map((n, i) => !numbers.slice(0, i).includes(n))
    const isLate = numbers.map((n, i) => n < Math.max(0, ...numbers.slice(0, i)))
    expect(tallied(numbers), numbers.join(' ')).toEqual({
      arrived: new Set(numbers).size,
      doubled: isNew.filter((is) => !is).length,
      reordered: isNew.filter((is, i) => is && isLate[i]).length,
      highest: Math.max(...numbers),
    })
  }
})

/** Chance that is the same at each run. @param {number} seed */
function seeded(seed) {
  return () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
    return seed / 2 ** 31
  }
}
