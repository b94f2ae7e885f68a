// When a token is renewed while a connection lives: due times, in milliseconds since the epoch.

/** A token that lives no longer than this is not chased: its renewal waits as a failed one does. */
const shortest = 1_000
const retryWait = 5_000

/** In the last tenth before `staleAt`, by chance: clients whose tokens were given out together do not ask together. */
export function renewalDue(now: number, staleAt: number, random: () => number): number {
  const life = staleAt - now
  return life < shortest ? retryDue(now, random) : staleAt - (random() * life) / 10
}

/** After a renewal that failed. */
export const retryDue = (now: number, random: () => number) => now + retryWait + random() * retryWait
