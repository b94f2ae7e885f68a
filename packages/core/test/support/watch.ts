// Waiting for counts: a condition is looked at whenever something has changed, and given up on after a while.

export interface Watch<C extends { readonly [name: string]: number }> {
  /** To be called whenever the counts may have changed. */
  changed(): void
  /**
   * Waits until so many were counted: at least so many, and exactly so many of what goes up and down. Rejects with all
   * counts after `within` milliseconds.
   *
   * @param within longer than even a busy machine takes; what is to be proven not to happen needs a shorter one
   *   @default 20_000
   */
  until(what: keyof C & string, count: number, within?: number): Promise<void>
  /** Forgets who waits. */
  stop(): void
}

/** @param gauges the names of what goes up and down; the others only go up */
export function createWatch<C extends { readonly [name: string]: number }>(
  counts: () => C,
  gauges: ReadonlyArray<keyof C>,
): Watch<C> {
  /** Each looks whether its condition holds, and has a timer that gives up on it. */
  const watchers = new Map<() => void, NodeJS.Timeout>()
  const forget = (look: () => void) => {
    clearTimeout(watchers.get(look))
    watchers.delete(look)
  }
  return {
    changed() {
      for (const look of watchers.keys()) look()
    },
    until(what, count, within = 20_000) {
      return new Promise((resolve, reject) => {
        const look = () => {
          const counted = counts()[what] as number
          if (gauges.includes(what) ? counted !== count : counted < count) return
          forget(look)
          resolve()
        }
        const giveUp = () => {
          forget(look)
          reject(new Error(`No ${count} ${what} within ${within} ms: ${JSON.stringify(counts())}`))
        }
        watchers.set(look, setTimeout(giveUp, within))
        look()
      })
    },
    stop() {
      for (const look of watchers.keys()) forget(look)
    },
  }
}
