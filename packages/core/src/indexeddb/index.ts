// The door @hawser/core/indexeddb: keeps messages in the browser's database, and lets one of many tabs send them.

import { type IDBPDatabase, openDB } from 'idb'
import { journal, type Translate } from '../queue/journal'
import { storeOf } from '../queue/keeper'
import type { QueueStore, Row, RowChange, Rows } from '../queue/store'
import { platformElection } from '../tabs/election'
import { ownRows } from '../tabs/own-rows'
import { callback, invalid, oneOf, validate } from '../validate'

export type { QueueStore } from '../queue/store'

export interface IndexedDBStoreOptions {
  /**
   * `'relaxed'`: a message counts as stored when the system has it, and survives a crash of the browser. `'strict'`: when
   * it is on the disk, and survives a loss of power; far slower. The browser takes it as a hint.
   * @default 'relaxed'
   */
  readonly durability?: 'relaxed' | 'strict'
  /**
   * Makes of a message what is written to disk, such as a cipher of it; may be async. Where it throws or rejects, the
   * message is kept in memory alone, which is an `error` with the code `STORE`. Ids, keys and times are written as they
   * are. Needs `decode`. @default messages are written as they go over the wire
   */
  readonly encode?: Translate
  /**
   * Makes the message again. Where it throws or rejects, the row is left where it is, which is reported in the same way.
   * Needs `encode`.
   */
  readonly decode?: Translate
}

/**
 * Keeps the queue in IndexedDB, one database for each name and identity. All tabs that use it share it: one of them sends
 * for all, and another takes over when it is closed, frozen, or silent for some minutes. Text, binary and Blobs are kept
 * as they are.
 *
 * Where IndexedDB is missing, blocked or full, memory takes over, and an `error` with the code `STORE` says so, once.
 * Where there are no Web Locks, as in a page that is not a secure context, each tab keeps to rows of its own: it finds
 * them again after a reload, and nobody sends them once it was closed.
 *
 * Does not encrypt, unless `encode` does. Does not drop doubles: that takes `confirm` and a server that knows the ids.
 *
 * @param name sets the queue apart from others of the same origin
 * @throws {SocketError} `INVALID_OPTION`
 *
 * @example
 * const socket = createSocket(url, { queue: offlineQueue({ store: indexedDBStore('chat') }) })
 */
export function indexedDBStore(name: string, options: IndexedDBStoreOptions = {}): QueueStore {
  if (typeof name !== 'string') throw invalid('indexedDBStore: the name', 'a string', name)
  validate('indexedDBStore', options, {
    durability: oneOf('relaxed', 'strict'),
    encode: callback,
    decode: callback,
  })
  const { durability = 'relaxed', encode, decode } = options
  if (!encode !== !decode)
    throw invalid('indexedDBStore: encode and decode', 'given together', encode ?? decode)
  const open = (partition: string) => openDatabase(`hawser:${partition}`, durability)
  return storeOf((host) => {
    // Looked for late: nothing of the platform is touched before a socket is made.
    const elect = platformElection()
    return journal({ name, open: elect ? open : ownRows(open), elect, encode, decode }).begin(host)
  })
}

async function openDatabase(name: string, durability: IDBTransactionDurability): Promise<Rows> {
  let connection: Promise<IDBPDatabase> | undefined
  const close = () => {
    connection?.then((database) => database.close()).catch(() => {})
    connection = undefined
  }
  const connect = () => {
    connection ??= openDB(name, 1, {
      upgrade: (database) => {
        database.createObjectStore('rows', { autoIncrement: true }).createIndex('id', 'id', { unique: true })
      },
      // Another release upgrades the database, or somebody deletes it. The next use opens it anew.
      blocking: close,
      terminated: close,
    })
    return connection
  }

  const begin = async (mode: 'readonly' | 'readwrite') => {
    try {
      const transaction = (await connect()).transaction('rows', mode, { durability })
      // Its requests tell what went wrong; `done` alone would tell nobody.
      transaction.done.catch(() => {})
      return { transaction, rows: transaction.store, ids: transaction.store.index('id') }
    } catch (error) {
      close()
      throw error
    }
  }

  /** `careful`: looks whether what is added is there already, which takes twice as long. */
  const write = async (changes: readonly RowChange[], careful = false) => {
    const { transaction, rows, ids } = await begin('readwrite')
    const make = async (change: RowChange): Promise<unknown> => {
      if ('clear' in change) return rows.clear?.()
      if ('add' in change && !careful) return rows.add?.(change.add)
      const row = 'add' in change ? change.add : 'change' in change ? change.change : undefined
      const key = await ids.getKey(row ? row.id : (change as { remove: string }).remove)
      if (!row) return key !== undefined && rows.delete?.(key)
      return ('add' in change || key !== undefined) && rows.put?.(row, key)
    }
    try {
      await Promise.all(changes.map(make))
      await transaction.done
    } catch (error) {
      try {
        transaction.abort()
      } catch {}
      throw error
    }
  }

  await connect()
  return {
    async load(ids) {
      const { rows, ids: index } = await begin('readonly')
      if (!ids) return rows.getAll()
      const keys = await Promise.all(ids.map((id) => index.getKey(id)))
      const sorted = keys.filter((key) => key !== undefined).sort((a, b) => Number(a) - Number(b))
      return Promise.all(sorted.map((key) => rows.get(key)))
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

async function withoutBlob(change: RowChange): Promise<RowChange> {
  const kind = 'add' in change ? 'add' : 'change'
  const row: Row | undefined = (change as any)[kind]
  const data = row?.data as Blob
  return data?.arrayBuffer ? ({ [kind]: { ...row, data: await data.arrayBuffer() } } as any) : change
}
