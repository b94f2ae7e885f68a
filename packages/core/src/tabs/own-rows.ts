// Rows that no other tab, and no other socket of this one, may use at the same time.

import type { Rows } from '../queue/store'

/** Partitions that sockets of this page use, where there are no locks. */
const used = new Set<string>()

/**
 * Opens the first of a row of partitions that nobody uses. A tab that was closed leaves its own to the next one that is
 * opened; where there are no Web Locks, a tab finds its own after a reload by an id in `sessionStorage`.
 */
export const ownRows =
  (open: (partition: string) => Rows | Promise<Rows>) =>
  async (partition: string): Promise<Rows> => {
    const { navigator } = globalThis as Partial<typeof globalThis>
    const locks = navigator?.locks
    const base = locks ? partition : partition + tabId()
    for (let n = 0; ; n += 1) {
      const own = n ? `${base}#${n}` : base
      const release = locks ? await lock(locks, `hawser:own:${own}`) : reserve(own)
      if (!release) continue
      try {
        const rows = await open(own)
        return {
          load: (ids) => rows.load(ids),
          write: (changes) => rows.write(changes),
          close() {
            rows.close()
            release()
          },
        }
      } catch (error) {
        release()
        throw error
      }
    }
  }

/** Gives its release, or nothing where somebody else holds it. */
function lock(locks: LockManager, name: string): Promise<(() => void) | undefined> {
  return new Promise((resolve, reject) => {
    locks
      .request(name, { ifAvailable: true }, (lock) => {
        if (lock) return new Promise<void>((release) => resolve(release))
        return resolve(undefined)
      })
      .catch(reject)
  })
}

function reserve(name: string): (() => void) | undefined {
  if (used.has(name)) return undefined
  used.add(name)
  return () => used.delete(name)
}

/** Nothing where there are no tabs. */
function tabId(): string {
  const key = 'hawser:tab'
  try {
    const { sessionStorage } = globalThis
    const id = sessionStorage.getItem(key) ?? Math.random().toString(36).slice(2)
    sessionStorage.setItem(key, id)
    return `@${id}`
  } catch {
    return ''
  }
}
