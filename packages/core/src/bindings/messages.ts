// Messages for showing: the last ones, the last one.

import type { Socket, Store } from '../types'
import { limitOf } from './limit'
import { pacedStore } from './paced-store'

/** Which messages count. One that throws is told as an `error` event with `LISTENER`. */
export type MessageFilter<In, Kept extends In = In> =
  | ((message: In) => message is Kept)
  | ((message: In) => boolean)

export interface MessageLogOptions<In, Kept extends In = In> {
  /** @default all messages */
  readonly filter?: MessageFilter<In, Kept> | undefined
  /** How many are kept; the oldest goes first. @default 100 */
  readonly limit?: number | undefined
}

/**
 * The last messages, oldest first, as an immutable array: the same one until another message came. Listens while it is
 * listened to, and keeps what it has in between.
 *
 * @param newest read at each message, so that it may change. A limit that comes to be below 1 is an `error` event, and
 *   nothing is kept until it is another
 * @throws {SocketError} `INVALID_OPTION` for a limit below 1
 */
export function messageLog<In>(
  socket: Socket<In, any>,
  newest: () => MessageLogOptions<In>,
): Store<readonly In[]> {
  let limit = limitOf('useMessages', newest())
  let log: In[] = []
  let shown: readonly In[] = []
  let isStale = false
  return pacedStore(
    (changed) =>
      socket.on('message', (message) => {
        const options = newest()
        if (options.filter && !options.filter(message)) return
        limit = limitOf('useMessages', options)
        // Not one out for each one in: that would move them all each time.
        if (log.push(message) >= 2 * limit) log = log.slice(-limit)
        isStale = true
        changed()
      }),
    () => {
      if (isStale) shown = log.slice(-limit)
      isStale = false
      return shown
    },
  )
}

/** The last message. For what has to be done once for each, the `message` event is the place. */
export function lastMessage<In>(
  socket: Socket<In, any>,
  newest: () => MessageFilter<In> | undefined = () => undefined,
): Store<In | undefined> {
  let last: In | undefined
  return pacedStore(
    (changed) =>
      socket.on('message', (message) => {
        const filter = newest()
        if (filter && !filter(message)) return
        last = message
        changed()
      }),
    () => last,
  )
}
