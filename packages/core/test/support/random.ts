// Chance that a seed repeats.

/** Uniform in [0, 1): a generator of its own for each seed (xorshift, 32 bits). */
export function seeded(seed: number): () => number {
  // The state may be anything but 0; neighbouring seeds begin far from each other.
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1
  const next = () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
  for (let i = 0; i < 8; i++) next()
  return next
}

/** From `least` to `most`, where each order of magnitude is as likely as any other. */
export function spreadOver(random: () => number, least: number, most: number): number {
  return Math.round(least * (most / least) ** random())
}
