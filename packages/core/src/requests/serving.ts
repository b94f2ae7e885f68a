// The other way round: what the server asks, and what handlers answer.

import { SocketError } from '../errors'
import type { HandshakeContext } from '../types'
import { callback, invalid } from '../validate'
import type { Protocol, Reading, RequestId } from './protocol'

export interface HandlerContext {
  /** Aborted when nobody waits for the answer any more: the connection is over, or the server took its request back. */
  readonly signal: AbortSignal
}

export type Handler<Data = any> = (data: Data, context: HandlerContext) => unknown

export interface Serving {
  readonly handle: (name: string, handler: Handler) => () => void
  readonly handles: (name: string) => boolean
  /** Whether an answer to a request with this id, from this connection, is under way. */
  readonly isAnswering: (connection: HandshakeContext, id: RequestId | undefined) => boolean
  /** The answer as a message; `undefined` for none. Never rejects. */
  readonly answer: (reading: Reading, connection: HandshakeContext) => Promise<unknown>
  /** Nobody waits for these answers any more: those to requests from this connection, and with this id; or all. */
  readonly abort: (connection?: HandshakeContext, id?: RequestId) => void
}

export function createServing(protocol: Protocol<any, any>, report: (thrown: unknown) => void): Serving {
  const handlers = new Map<string, Handler>()
  const jobs = new Set<{
    readonly connection: HandshakeContext
    readonly id: RequestId | undefined
    readonly control: AbortController
  }>()
  return {
    handle(name, handler) {
      if (!callback[0](handler as never))
        throw invalid(`handle('${name}'): the handler`, callback[1], handler)
      if (handlers.has(name))
        throw new SocketError('INVALID_OPTION', `handle('${name}'): there is a handler.`)
      // One of its own: called again, a removal must not take away what came later.
      const own: Handler = (data, context) => handler(data, context)
      handlers.set(name, own)
      return () => void (handlers.get(name) === own && handlers.delete(name))
    },
    handles: (name) => handlers.has(name),
    isAnswering: (connection, id) =>
      [...jobs].some((job) => job.connection === connection && id !== undefined && job.id === id),
    async answer({ id, name = '', data }, connection) {
      const handler = handlers.get(name)
      if (!handler) return id === undefined ? undefined : protocol.refuse(id, 'unknown')
      const control = new AbortController()
      const { signal } = control
      const job = { connection, id, control }
      jobs.add(job)
      const isWanted = () => id !== undefined && !signal.aborted
      try {
        const value = await handler(data, { signal })
        return isWanted() ? protocol.answer(id as RequestId, value) : undefined
      } catch (thrown) {
        // That it gave up is what the signal is for.
        if (!signal.aborted) report(thrown)
        return isWanted() ? protocol.refuse(id as RequestId, 'failed') : undefined
      } finally {
        jobs.delete(job)
      }
    },
    abort(connection, id) {
      for (const job of jobs) {
        const isMeant = !connection || (job.connection === connection && (id === undefined || job.id === id))
        if (isMeant) job.control.abort(new SocketError('ABORTED', 'Nobody waits for the answer.'))
      }
    },
  }
}
