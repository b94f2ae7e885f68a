// createRequests: questions with answers over a socket, both ways.

import { parse, type StandardSchema } from '../codec/standard-schema'
import { atOnce, deferred, quiet } from '../deferred'
import { SocketError } from '../errors'
import type { HandshakeContext, Socket } from '../types'
import {
  abortSignal,
  anything,
  atLeastOne,
  duration,
  invalid,
  type Kind,
  madeBy,
  validate,
} from '../validate'
import { createBooks, type Entry } from './books'
import { envelope } from './envelope'
import { createParts } from './parts'
import type { Protocol, Reading, RequestId } from './protocol'
import { createServing } from './serving'
import type { Call, RequestOptions, Requests, RequestsOptions, Schemas, TypedRequests } from './types'

/** Over all that were ever made: a late answer must not meet the request of another. */
let sequence = 0

const times: Kind = [
  (value: unknown) => typeof value === 'boolean' || (typeof value === 'number' && value >= 0),
  'true, false or a number of times',
]
const requestKinds = { timeout: duration, retry: times, signal: abortSignal }

/**
 * Requests over a socket, as extension of it: one for each socket, since what looks like an answer goes no further. The
 * socket's codec has to take objects: `json()`. Its schemas are not asked; those of `schemas` are.
 *
 * - A request waits while the socket is not open, is paced with all other messages, and confirmed where they are.
 * - When the connection breaks, what had not left is sent on the next one. What had is sent again or rejects with
 *   `REQUEST_LOST`: see `retry`. It is never sent again as somebody else (`identity` of `offlineQueue`).
 * - In a rotation answers are heard on the first connection for as long as that lasts.
 *
 * @example
 * const requests = createRequests(socket)
 * const user = await requests.request({ type: 'user', payload: { id: 1 } }, { timeout: 5_000 })
 * for await (const price of requests.stream({ type: 'prices' })) show(price)
 * const off = requests.handle('confirm', (question) => confirm(question))
 *
 * @throws {SocketError} `INVALID_OPTION`
 */
export function createRequests<
  const S extends Schemas,
  NameKey extends string = 'type',
  DataKey extends string = 'payload',
>(
  socket: Socket<any, any>,
  options: RequestsOptions<NameKey, DataKey> & { readonly schemas: S },
): TypedRequests<S, NameKey, DataKey>
export function createRequests<NameKey extends string = 'type', DataKey extends string = 'payload'>(
  socket: Socket<any, any>,
  options?: RequestsOptions<NameKey, DataKey>,
): Requests<NameKey, DataKey>
export function createRequests(socket: Socket<any, any>, options: RequestsOptions = {}): Requests {
  validate('createRequests', options, {
    protocol: madeBy('request read', 'envelope(), jsonRpc() or the like'),
    timeout: duration,
    retry: times,
    schemas: anything,
  })
  const {
    protocol = envelope() as unknown as Protocol,
    timeout: usual = 30_000,
    retry: usually = false,
    schemas = {},
  } = options
  const { nameKey, dataKey } = protocol
  /** Receipts have ids of the same beginning. */
  const prefix = `${socket.id}r`

  const books = createBooks(socket, protocol)
  const serving = createServing(protocol, (thrown) => socket.report(thrown))

  // -------------------------------------------------------------- what is asked

  const nameOf = (call: Call<string, string>): string => {
    const name: unknown = call?.[nameKey]
    if (typeof name !== 'string') throw invalid(`A request: ${nameKey}`, 'a string', name)
    return name
  }
  /** What goes out, as its schema gives it. */
  const outgoing = (name: string, data: unknown) => {
    const schema = schemas[name]?.request
    return schema ? atOnce(parse(schema, data, `A request for ${name}`)) : data
  }
  /** What came back, the same. */
  const incoming = async (name: string, schema: StandardSchema<any, any>, data: unknown) => {
    try {
      return await parse(schema, data, `An answer to ${name}`)
    } catch (thrown) {
      throw invalidated(thrown)
    }
  }

  const enter = (
    call: Call<string, string>,
    { timeout = usual, retry = usually, signal }: RequestOptions = {},
    isStream: boolean,
    take: Entry['take'],
    fail: Entry['fail'],
  ): Entry | undefined => {
    const name = nameOf(call)
    const id = prefix + ++sequence
    const schema = schemas[name]?.reply
    try {
      return {
        id,
        message: protocol.request(id, name, outgoing(name, call[dataKey])),
        timeout,
        dueAt: socket.clock.now() + timeout,
        retries: retry === true ? Infinity : Number(retry),
        isStream,
        signal,
        off: undefined,
        receipt: undefined,
        identity: undefined,
        connection: undefined,
        take: schema ? (data, kind) => take(quiet(incoming(name, schema, data)), kind) : take,
        fail,
      }
    } catch (thrown) {
      fail(invalidated(thrown))
      return undefined
    }
  }

  // -------------------------------------------------------------- what comes in

  const isForeign = ({ kind, id, name = '' }: Reading, connection: HandshakeContext) => {
    if (kind === 'cancel') return !serving.isAnswering(connection, id)
    const isCall = kind === 'notification' || (kind === 'request' && !protocol.refusesUnknown)
    return isCall && !serving.handles(name)
  }
  /** The answer, where it is one of ours to give. */
  const hear = (reading: Reading, connection: HandshakeContext) => {
    const { kind, id } = reading
    if (kind === 'request' || kind === 'notification') return serving.answer(reading, connection)
    if (kind !== 'cancel') books.hear(reading)
    else serving.abort(connection, id as RequestId)
    return undefined
  }
  const answer = async (
    answers: readonly Promise<unknown>[],
    readings: readonly Reading[],
    connection: HandshakeContext,
    pack: (messages: readonly unknown[]) => unknown,
  ) => {
    const messages = (await Promise.all(answers)).filter((message) => message !== undefined)
    if (!messages.length) return
    try {
      connection.send(pack(messages))
    } catch (thrown) {
      // One that the codec does not take: which of them, is not known.
      socket.report(thrown)
      const refused = readings.filter(({ kind }) => kind === 'request')
      connection.send(pack(refused.map(({ id }) => protocol.refuse(id as RequestId, 'failed'))))
    }
  }

  const remove = socket.use({
    name: 'requests',
    handshake(connection) {
      books.greet(connection)
      connection.signal.addEventListener('abort', () => {
        books.lose(connection)
        serving.abort(connection)
      })
    },
    incoming(message, connection) {
      const read = protocol.read(message)
      if (!read) return false
      const isBatch = isList(read)
      if (!isBatch && isAnswer(read)) {
        books.hear(read)
        return true
      }
      const readings = isBatch ? read : [read]
      if (readings.every((reading) => isForeign(reading, connection))) return false
      const answers = readings.flatMap((reading) => hear(reading, connection) ?? [])
      const pack = isBatch ? protocol.batch : ([only]: readonly unknown[]) => only
      if (pack && answers.length) quiet(answer(answers, readings, connection, pack))
      return true
    },
  })

  return {
    request(call, options) {
      if (options) validate('request', options, requestKinds)
      const { promise, resolve, reject } = deferred<any>()
      const entry = enter(call, options, false, resolve, reject)
      if (entry) books.ask(entry)
      return promise
    },

    stream(call, options = {}) {
      validate('stream', options, { ...requestKinds, buffer: atLeastOne })
      if (!protocol.streams) throw lacking('streams')
      nameOf(call)
      const { buffer = 1_000 } = options
      let entry: Entry | undefined
      const begin = () => {
        entry = enter(call, options, true, take, parts.end)
        if (entry) books.ask(entry)
      }
      const leave = (error: SocketError) => entry && books.leave(entry, error)
      const take: Entry['take'] = (data, kind) => {
        if (kind !== 'complete' && parts.push(data) > buffer) {
          leave(new SocketError('INBOUND_OVERFLOW', 'The parts are read too slowly: see buffer.'))
        }
        if (kind !== 'next') parts.end()
      }
      const parts = createParts<any>(begin, () => leave(aborted()))
      return parts.iterator
    },

    batch(calls, options = {}) {
      validate('batch', options, requestKinds)
      if (!protocol.batch) throw lacking('batches')
      const entries: Entry[] = []
      const promises = calls.map((call) => {
        const { promise, resolve, reject } = deferred<unknown>()
        const entry = enter(call, options, false, resolve, reject)
        if (entry) entries.push(entry)
        return promise
      })
      books.askAll(entries, protocol.batch(entries.map(({ message }) => message)))
      return promises as never
    },

    notify(call) {
      const name = nameOf(call)
      return socket.send(protocol.notify(name, outgoing(name, call[dataKey])), { unchecked: true })
    },

    handle: serving.handle,

    dispose() {
      remove()
      books.dispose()
      serving.abort()
    },
  }
}

const isAnswer = ({ kind }: Reading) => kind === 'reply' || kind === 'error'
const isList = (read: Reading | readonly Reading[]): read is readonly Reading[] => Array.isArray(read)

const lacking = (what: string) => new SocketError('INVALID_OPTION', `This protocol has no ${what}.`)
const aborted = () => new SocketError('ABORTED', 'Its reader left.')
/** A schema may also throw. */
const invalidated = (thrown: unknown) =>
  thrown instanceof SocketError
    ? thrown
    : new SocketError('VALIDATION', 'A schema threw, or is asynchronous where it must not be: see cause.', {
        cause: thrown,
      })
