// Rows in a database of the browser, over its own API: a wrapper would be a third of what this door weighs.

import { deferred } from '../deferred'
import type { Row, Rows } from '../queue/store'

/** A change of any kind. */
interface Change {
  readonly add?: Row
  readonly change?: Row
  readonly remove?: string
  readonly clear?: true
}

export async function openDatabase(name: string, durability: IDBTransactionDurability): Promise<Rows> {
  let connection: Promise<IDBDatabase> | undefined

  const close = () => {
    connection?.then((database) => database.close()).catch(() => {})
    connection = undefined
  }

  const connect = async () => {
    const request = indexedDB.open(name, 1)
    request.onupgradeneeded = () => {
      const rows = request.result.createObjectStore('rows', { autoIncrement: true })
      rows.createIndex('id', 'id', { unique: true })
    }
    const database = await answerTo(request)
    // Another release upgrades the database, or somebody deletes it. The next use opens it anew.
    database.onversionchange = close
    database.onclose = close
    return database
  }

  const begin = async (mode: IDBTransactionMode) => {
    try {
      connection ??= connect()
      return (await connection).transaction('rows', mode, { durability }).objectStore('rows')
    } catch (error) {
      close()
      throw error
    }
  }

  /** `isCareful`: looks whether what is added is there already, which takes twice as long. */
  const write = async (changes: readonly Change[], isCareful = false) => {
    const rows = await begin('readwrite')
    const { transaction } = rows
    const done = deferred()
    // A request that fails ends its transaction: those of thousands of rows need no listeners for that.
    transaction.oncomplete = () => done.resolve()
    transaction.onabort = () => done.reject(transaction.error)
    // WebKit never ends a transaction that was committed before it found out that it keeps no Blobs.
    const hasBlob = changes.some(blobOf)
    /** Keys that are still looked for. */
    let waiting = 0
    const attempt = (act: () => void) => {
      try {
        act()
        // Else it would end only after the page has run once more, and a page that freezes would hold up all others.
        if (!waiting && !hasBlob) transaction.commit?.()
      } catch (error) {
        done.reject(error)
        transaction.abort()
      }
    }
    const make = ({ add, change, remove, clear }: Change) => {
      if (clear) return rows.clear()
      if (add && !isCareful) return rows.add(add)
      const row = add ?? change
      const request = rows.index('id').getKey(row ? row.id : (remove as string))
      waiting += 1
      request.onsuccess = () =>
        attempt(() => {
          const key = request.result
          waiting -= 1
          if (add || key !== undefined) row ? rows.put(row, key) : rows.delete(key as number)
        })
      return request
    }
    attempt(() => changes.forEach(make))
    return done.promise
  }

  connection = connect()
  await connection
  return {
    async load(ids) {
      const rows = await begin('readonly')
      if (!ids) return answerTo(rows.getAll())
      const found = await Promise.all(ids.map((id) => answerTo(rows.index('id').get(id))))
      return found.filter((row) => row !== undefined)
    },
    async write(changes) {
      try {
        await write(changes)
      } catch {
        // The connection may be gone, a row be there already, or this browser keep no Blobs, as WebKit in private mode.
        await write(await Promise.all(changes.map(withoutBlob)), true)
      }
    },
    close,
  }
}

const answerTo = <T>(request: IDBRequest<T>) =>
  new Promise<T>((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })

function blobOf({ add, change }: Change): Blob | undefined {
  const blob = (add ?? change)?.data as Blob | undefined
  return blob?.arrayBuffer ? blob : undefined
}

async function withoutBlob(one: Change): Promise<Change> {
  const blob = blobOf(one)
  if (!blob) return one
  const data = await blob.arrayBuffer()
  const { add, change } = one
  return add ? { add: { ...add, data } } : { change: { ...(change as Row), data } }
}
