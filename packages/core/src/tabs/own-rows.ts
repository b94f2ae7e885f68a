// Rows that no other tab, and no other socket of this one, may use at the same time.

import type { Rows } from '../queue/store'

type Open = (partition: string) => Rows | Promise<Rows>

/** Lets a name be used by somebody else. */
type Release = () => void

/** Takes a name for this one alone. Gives nothing where somebody else has it. */
type Reserve = (name: string) => Release | undefined | Promise<Release | undefined>

/**
 * Opens the first of a row of partitions that nobody uses. A tab that was closed leaves its own to the next one that is
 * opened; where there are no Web Locks, they are the tab's.
 */
export const ownRows =
  (open: Open) =>
  (partition: string): Promise<Rows> => {
    const { navigator } = globalThis as Partial<typeof globalThis>
    const locks = navigator?.locks
    return locks ? firstFree(open, partition, (name) => lock(locks, name)) : rowsOfTab(open)(partition)
  }

/** Without locks: a tab finds its own after a reload by an id in `sessionStorage`, and no other tab ever does. */
export const rowsOfTab =
  (open: Open) =>
  (partition: string): Promise<Rows> =>
    firstFree(open, partition + tabId(), (name) => {
      if (used.has(name)) return undefined
      used.add(name)
      return () => used.delete(name)
    })

/** Partitions that sockets of this page use, where there are no locks. */
const used = new Set<string>()

async function firstFree(open: Open, partition: string, reserve: Reserve): Promise<Rows> {
  for (let n = 0; ; n += 1) {
    const own = n ? `${partition}#${n}` : partition
    const release = await reserve(own)
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

function lock(locks: LockManager, name: string): Promise<Release | undefined> {
  return new Promise((resolve, reject) => {
    locks
      .request(`hawser:own:${name}`, { ifAvailable: true }, (lock) => {
        if (lock) return new Promise<void>((release) => resolve(release))
        return resolve(undefined)
      })
      .catch(reject)
  })
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
