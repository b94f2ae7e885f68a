// What keeps messages over the end of a page: the seam between the sender and a store, and the rows that one is made of.

import type { Clock, WireData } from '../platform'

/** A message as it is kept. */
export interface StoredMessage {
  /** The receipt's id: the same over reloads, and what a server drops doubles by. */
  readonly id: string
  /** As it goes over the wire. */
  readonly data: WireData
  /** ms since the epoch; undefined: never. */
  readonly expiresAt: number | undefined
  readonly key: string | undefined
  /** It was handed to a transport once: it may have arrived. */
  readonly wasSent: boolean
}

/** What the option `store` of `offlineQueue` takes. Several sockets, also in other tabs, may use the same rows. */
export interface QueueStore {
  /** Opens the rows of one identity. It must not throw. */
  readonly begin: (host: QueueStoreHost) => QueueStoreRun
  /** Keeps a sender's messages in it: `journal` gives it. */
  readonly keep: (sender: any) => any
}

/** What a sender does for its store. */
export interface QueueStoreHost {
  readonly clock: Clock
  /** Whose messages these are: rows of one are never given to another. `undefined`: nobody's in particular. */
  readonly identity: string | undefined
  /** Ids of rows that this sender put in an earlier run. They are not put again: `onDone` tells of those that are gone. */
  readonly kept: readonly string[]
  /**
   * This sender is the one that sends, from now on until `onFollow`. `rows`: all that the store holds, oldest first,
   * this sender's own as well. Called in a later task than `begin`, also where the store cannot be used at all: then
   * with no rows, so that memory takes over.
   */
  readonly onLead: (rows: readonly StoredMessage[]) => void
  /** While this one leads: rows that others added, oldest first. */
  readonly onRows: (rows: readonly StoredMessage[]) => void
  /** Another one leads, or may: nothing is sent any more. */
  readonly onFollow: () => void
  /** Rows that another sender has done with: sent, and confirmed where that is asked for; or dropped. */
  readonly onDone: (ids: readonly string[], how: 'sent' | 'dropped') => void
  /** These are on disk. */
  readonly onStored: (ids: readonly string[]) => void
  /** Something went wrong. Told once, not at each try. */
  readonly onError: (error: unknown) => void
}

/** A store in use. None of it throws or is waited for: writes are gathered, and what cannot be written is reported. */
export interface QueueStoreRun {
  /** Keeps a message, or notes what changed of it. */
  put(message: StoredMessage): void
  /** A message need not be kept any more. */
  remove(id: string, how: 'sent' | 'dropped'): void
  /**
   * Whether this one could send at all: only then it may come to lead. A run begins without. One that leads and can send no
   * more lets another one do so, `onFollow` first.
   */
  stand(ready: boolean): void
  /** Forgets all rows of this identity, also those that other senders added. */
  clear(): void
  /** Writes what was gathered, and ends. */
  stop(): void
}

// ---------------------------------------------------------------- what a store is made of

/** A message as a store writes it. Keep it whole: the version tells later releases how to read it. */
export interface Row extends StoredMessage {
  readonly version: number
}

/**
 * One change to the rows. `add` puts a row at the end, or in the place of one with that id. `change` replaces the row with
 * that id in its place, and does nothing where it is gone: another sender was done with it. `clear` takes all rows away,
 * those that cannot be read as well.
 */
export type RowChange =
  | { readonly add: Row }
  | { readonly change: Row }
  | { readonly remove: string }
  | { readonly clear: true }

/** Rows on some medium: the small interface that a store of your own fills. Calls come one after the other. */
export interface Rows {
  /**
   * All rows, in the order in which they were added first, as they were written. With `ids`, those alone will do. In the
   * place of a row that cannot be read stands an `Error`.
   */
  load(ids?: readonly string[]): Promise<readonly unknown[]>
  /** Makes these changes in their order: all of them or, rejecting, none. */
  write(changes: readonly RowChange[]): Promise<void>
  /** Lets go of what is open. */
  close(): void
}
