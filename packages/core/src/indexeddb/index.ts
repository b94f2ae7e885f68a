// The door @hawser/core/indexeddb: keeps messages in the browser's database, and lets one of many tabs send them.

import { journal, type Translate } from '../queue/journal'
import { storeOf } from '../queue/keeper'
import type { QueueStore } from '../queue/store'
import { platformElection } from '../tabs/election'
import { rowsOfTab } from '../tabs/own-rows'
import { callback, invalid, oneOf, validate } from '../validate'
import { openDatabase } from './database'

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
    return journal({ ...options, name, open: elect ? open : rowsOfTab(open), elect }).begin(host)
  })
}
