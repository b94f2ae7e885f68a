// The door @hawser/core/storage: keeps messages in any storage of keys and texts, or in rows of your own.

import { journal, type Translate } from '../queue/journal'
import type { QueueStore, Rows } from '../queue/store'
import { ownRows } from '../tabs/own-rows'
import { callback, invalid, madeBy, text, validate } from '../validate'
import { type StorageLike, storageRows } from './storage-rows'

export type { QueueStore, Row, RowChange, Rows, StoredMessage } from '../queue/store'
export type { StorageLike } from './storage-rows'

export interface StorageStoreOptions {
  /**
   * Makes of a message what is written, such as a cipher of it; may be async. Where it throws or rejects, the message is
   * kept in memory alone, which is an `error` with the code `STORE`. Needs `decode`.
   * @default messages are written as they go over the wire
   */
  readonly encode?: Translate
  /** Makes the message again. Where it throws or rejects, the row is left where it is and reported. Needs `encode`. */
  readonly decode?: Translate
}

/**
 * Keeps the queue in a small storage of keys and texts: `localStorage`, React Native's AsyncStorage or MMKV. Binary
 * messages are kept as base64, Blobs are read first. Writes the list of all rows with each change: for some thousands of
 * messages at most.
 *
 * Each tab keeps to rows of its own, and so does each socket; rows of a tab that was closed are sent by the next one that is
 * opened in its place. Pages with many tabs are better served by `indexedDBStore`. Processes do not see each other: two
 * that use the same storage under the same name would send the same rows.
 *
 * @param name sets the queue apart from others in the same storage
 * @throws {SocketError} `INVALID_OPTION`
 *
 * @example
 * offlineQueue({ store: storageStore(AsyncStorage, 'chat') })
 *
 * @example
 * // react-native-mmkv
 * const storage = {
 *   getItem: (key: string) => mmkv.getString(key) ?? null,
 *   setItem: (key: string, value: string) => mmkv.set(key, value),
 *   removeItem: (key: string) => mmkv.delete(key),
 * }
 */
export function storageStore(
  storage: StorageLike,
  name: string,
  options: StorageStoreOptions = {},
): QueueStore {
  if (!isStorage(storage as never)) throw invalid('storageStore: the storage', wantedStorage, storage)
  validate('storageStore', options, translations)
  return queueStore({ ...options, name, open: (partition) => storageRows(storage, `hawser:${partition}`) })
}

const [isStorage, wantedStorage] = madeBy('getItem setItem removeItem', 'a Storage')
const translations = { encode: callback, decode: callback }

export interface QueueStoreOptions extends StorageStoreOptions {
  /** Sets the queue apart from others on the same medium. */
  readonly name: string
  /**
   * Opens the rows of one partition: its name is another one for each queue, identity and tab, and the same after a
   * restart. Where it throws or rejects, memory takes over.
   */
  readonly open: (partition: string) => Rows | Promise<Rows>
}

/**
 * Makes a store of rows of your own, on SQLite for one. All that is difficult is done here: writes are gathered, tried
 * again and put in order, and a medium that hangs, fails or holds foreign rows does no harm. Run it through
 * `checkQueueStore` of `@hawser/core/testing`.
 *
 * @throws {SocketError} `INVALID_OPTION`
 *
 * @example
 * const store = queueStore({
 *   name: 'chat',
 *   open: async (partition) => {
 *     const table = await openTable(partition)
 *     return { load: () => table.all(), write: (changes) => table.apply(changes), close: () => table.close() }
 *   },
 * })
 */
export function queueStore(options: QueueStoreOptions): QueueStore {
  validate('queueStore', options, { name: text, open: callback, ...translations })
  const { name, open, encode, decode } = options
  if (typeof name !== 'string') throw invalid('queueStore: name', 'a string', name)
  if (typeof open !== 'function') throw invalid('queueStore: open', 'a function', open)
  if (!encode !== !decode) throw invalid('queueStore: encode and decode', 'given together', encode ?? decode)
  return journal({ name, open: ownRows(open), encode, decode })
}
