// What a component has sent, and what became of each message: for showing it before the server has answered.

import type { SocketError } from '../errors'
import type { Receipt, SendOptions, Socket, Store } from '../types'
import { limitOf } from './limit'
import { pacedStore } from './paced-store'

export interface SentMessage<Out = unknown> {
  readonly id: string
  readonly message: Out
  /**
   * `queued` while it waits, `sent` once it was handed over, `dropped` when it will not go out (again). With
   * `offlineQueue({ confirm })` it becomes `confirmed` when it is known that it arrived; without, `sent` is all there is to
   * know. `sent` goes back to `queued` when the message has to go out again.
   */
  readonly status: Receipt['status']
  /** Why it was dropped. */
  readonly error: SocketError | undefined
  /** Takes it back while it waits. Says whether it was still waiting. */
  readonly cancel: () => boolean
  /** For who has to know at once: what is shown is as of the last frame. */
  readonly receipt: Receipt
}

export interface SentMessages<Out> extends Store<readonly SentMessage<Out>[]> {
  /** `socket.send`, with the message kept here. */
  send(message: Out, options?: SendOptions): Receipt
  /** Forgets them, or the one with that id. What waits is sent all the same. */
  clear(id?: string): void
}

/**
 * Sends, and keeps the last messages with the fate of each, oldest first: an immutable array, the same one until
 * something changes, in which a message is the same object until its fate does.
 *
 * @param newest how many are kept, 100 by default, the oldest going first; read at each message
 * @throws {SocketError} `INVALID_OPTION` for a limit below 1
 */
export function sentMessages<Out>(
  socket: Socket<any, Out>,
  newest: () => { readonly limit?: number | undefined },
): SentMessages<Out> {
  limitOf('useSend', newest())
  let shown: readonly SentMessage<Out>[] = []
  /** Why those that are shown were dropped, if they were. */
  const errors = new Map<string, SocketError | undefined>()
  let changed = () => {}

  const drop = (id: string, error: SocketError) => {
    if (!errors.has(id)) return
    errors.set(id, error)
    changed()
  }
  const now = (sent: SentMessage<Out>): SentMessage<Out> => {
    const { status } = sent.receipt
    const error = status === 'dropped' ? errors.get(sent.id) : undefined
    // It was sent once, and dropped where nobody listened: the receipt says why.
    if (status === 'dropped' && !error) sent.receipt.sent.catch((why: SocketError) => drop(sent.id, why))
    return status === sent.status && error === sent.error ? sent : { ...sent, status, error }
  }
  const forget = (gone: readonly SentMessage<Out>[]) => {
    for (const { id } of gone) errors.delete(id)
    changed()
  }
  return {
    ...pacedStore(
      (change) => {
        changed = change
        const offs = [socket.queue.subscribe(change), socket.on('drop', ({ id, error }) => drop(id, error))]
        return () => {
          changed = () => {}
          for (const off of offs) off()
        }
      },
      () => {
        const next = shown.map(now)
        if (next.some((sent, i) => sent !== shown[i])) shown = next
        return shown
      },
    ),
    send(message, options) {
      const limit = limitOf('useSend', newest())
      const receipt = socket.send(message, options)
      const { id, status, sent } = receipt
      errors.set(id, undefined)
      // Also for what was dropped before anybody listened.
      sent.catch((error: SocketError) => drop(id, error))
      const cancel = () => receipt.cancel()
      const all = [...shown, { id, message, status, error: undefined, cancel, receipt }]
      shown = all.slice(-limit)
      forget(all.slice(0, -limit))
      return receipt
    },
    clear(id) {
      const gone = shown.filter((one) => id === undefined || one.id === id)
      if (!gone.length) return
      shown = id === undefined ? [] : shown.filter((one) => one.id !== id)
      forget(gone)
    },
  }
}
