// createResponder: the other way round, what the server asks and what handlers answer.

import { quiet } from '../deferred'
import { SocketError } from '../errors'
import type { HandshakeContext, Socket } from '../types'
import { callback, invalid, validate } from '../validate'
import { envelope } from './envelope'
import { type Protocol, protocolKind, type Reading, type RequestId } from './protocol'

export interface HandlerContext {
  /** Aborted when nobody waits for the answer any more: the connection is over, or the server took its request back. */
  readonly signal: AbortSignal
}

export type Handler<Data = any> = (data: Data, context: HandlerContext) => unknown

export interface ResponderOptions {
  /** That of the requests, where there are some. @default envelope() */
  readonly protocol?: Protocol<any, any>
}

export interface Responder {
  /**
   * Answers requests and notifications of the server's by that name: with what the handler gives or resolves with. One that
   * throws, or rejects, is answered with an error that says nothing of it; what it threw is told as `error` with `LISTENER`.
   * Returns its removal.
   *
   * @throws {SocketError} `INVALID_OPTION` where there is a handler of that name
   */
  handle<Data = any>(name: string, handler: Handler<Data>): () => void
  /** Leaves the socket: what is under way is aborted, and nothing is answered any more. */
  dispose(): void
}

/** An answer that is under way. */
interface Job {
  readonly id: RequestId | undefined
  readonly connection: HandshakeContext
  readonly abort: () => void
}

/**
 * Answers what the server asks, as extension of the socket: one for each socket. The socket's codec has to take objects:
 * `json()`. An answer goes out on the connection that the request came on, or not at all; past the queue, and at once.
 *
 * What has no handler goes to the app, or is refused where the protocol wants that. So does a batch that answers as well.
 *
 * @example
 * const responder = createResponder(socket)
 * const off = responder.handle('confirm', (question) => confirm(question))
 *
 * @throws {SocketError} `INVALID_OPTION`
 */
export function createResponder(socket: Socket<any, any>, options: ResponderOptions = {}): Responder {
  validate('createResponder', options, { protocol: protocolKind })
  const { protocol = envelope() } = options
  const handlers = new Map<string, Handler>()
  const jobs = new Set<Job>()
  let isDisposed = false

  const jobsOf = ({ id }: Reading, connection: HandshakeContext) =>
    [...jobs].filter((job) => id !== undefined && job.id === id && job.connection === connection)
  const isOurs = (reading: Reading, connection: HandshakeContext) => {
    const { kind, name = '' } = reading
    if (kind === 'cancel') return jobsOf(reading, connection).length > 0
    return isCall(reading) && (handlers.has(name) || (kind === 'request' && protocol.refusesUnknown))
  }
  /** The answer as a message; `undefined` for none. Never rejects. */
  const answer = async ({ id, name = '', data }: Reading, connection: HandshakeContext) => {
    // A handler before it, in the same batch, may have disposed of all.
    if (isDisposed) return undefined
    const handler = handlers.get(name)
    if (!handler) return id === undefined ? undefined : protocol.refuse(id, 'unknown')
    const control = new AbortController()
    const { signal } = control
    const abort = () => control.abort(new SocketError('ABORTED', 'Nobody waits for the answer.'))
    const job = { id, connection, abort }
    jobs.add(job)
    connection.signal.addEventListener('abort', abort)
    const isWanted = () => id !== undefined && !signal.aborted
    try {
      const value = await handler(data, { signal })
      return isWanted() ? protocol.answer(id as RequestId, value) : undefined
    } catch (thrown) {
      // That it gave up is what the signal is for.
      if (!signal.aborted) socket.report(thrown)
      return isWanted() ? protocol.refuse(id as RequestId, 'failed') : undefined
    } finally {
      jobs.delete(job)
      connection.signal.removeEventListener('abort', abort)
    }
  }
  const answerAll = async (
    calls: readonly Reading[],
    connection: HandshakeContext,
    pack: (messages: readonly unknown[]) => unknown,
  ) => {
    const answers = await Promise.all(calls.map((call) => answer(call, connection)))
    const messages = answers.filter((message) => message !== undefined)
    if (!messages.length) return
    try {
      connection.send(pack(messages))
    } catch (thrown) {
      // One that the codec does not take: which of them, is not known.
      socket.report(thrown)
      const refused = calls.filter(({ kind }) => kind === 'request')
      connection.send(pack(refused.map(({ id }) => protocol.refuse(id as RequestId, 'failed'))))
    }
  }

  const remove = socket.use({
    name: 'responder',
    incoming(message, connection) {
      const read = protocol.read(message)
      const isBatch = Array.isArray(read)
      const readings = (isBatch ? read : read ? [read] : []) as readonly Reading[]
      const isAll = readings.every((reading) => isCall(reading) || reading.kind === 'cancel')
      if (!readings.some((reading) => isOurs(reading, connection))) return false
      for (const reading of readings)
        if (reading.kind === 'cancel') for (const { abort } of jobsOf(reading, connection)) abort()
      const pack = isBatch ? protocol.batch : ([only]: readonly unknown[]) => only
      if (pack) quiet(answerAll(readings.filter(isCall), connection, pack))
      return isAll
    },
  })

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
    dispose() {
      isDisposed = true
      remove()
      for (const { abort } of jobs) abort()
    },
  }
}

const isCall = ({ kind }: Reading) => kind === 'request' || kind === 'notification'
