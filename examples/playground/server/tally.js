// What arrived of one client's numbered messages: how many, how many twice, how many late.

/**
 * Remembers the gaps and not the numbers, so that it stays small however long a client talks.
 */
export function createTally() {
  /** @type {{ first: number, last: number }[]} numbers below the highest that have not arrived, each range once */
  let gaps = []
  let arrived = 0
  let doubled = 0
  let reordered = 0
  let highest = 0

  return {
    /** @param {number} n counted from 1 */
    take(n) {
      if (n > highest) {
        if (n > highest + 1) gaps.push({ first: highest + 1, last: n - 1 })
        highest = n
        arrived++
        return
      }
      const gap = gaps.find(({ first, last }) => first <= n && n <= last)
      if (!gap) {
        doubled++
        return
      }
      const rest = [
        { first: gap.first, last: n - 1 },
        { first: n + 1, last: gap.last },
      ]
      gaps = [...gaps.filter((other) => other !== gap), ...rest.filter(({ first, last }) => first <= last)]
      arrived++
      reordered++
    },

    counts: () => ({ arrived, doubled, reordered, highest }),
  }
}
