// createRequests: questions with answers over a socket.

import { parse, type StandardSchema } from '../codec/standard-schema'
import { atOnce, quiet } from '../deferred'
import { SocketError } from '../errors'
import type { Socket } from '../types'
import { abortSignal, anything, atLeastOne, duration, invalid, type Kind, validate } from '../validate'
import { createBooks, type Entry } from './books'
import { envelope } from './envelope'
import { createParts } from './parts'
import { type Protocol, protocolKind } from './protocol'
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
 *   `REQUEST_LOST`: see `retry`. It is never sent again as somebody else (`identity` of `offlineQueue`), nor when it was
 *   answered or taken back.
 * - In a rotation answers are heard on the first connection for as long as that lasts.
 *
 * For what the server asks there is `createResponder`.
 *
 * @example
 * const requests = createRequests(socket)
 * const user = await requests.request({ type: 'user', payload: { id: 1 } }, { timeout: 5_000 })
 * for await (const price of requests.stream({ type: 'prices' })) show(price)
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
    protocol: protocolKind,
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
  const { nameKey, dataKey, batch } = protocol
  /** Receipts have ids of the same beginning. */
  const prefix = `${socket.id}r`
  const books = createBooks(socket, protocol)

  const nameOf = (call: Call<string, string>): string => {
    const name: unknown = call?.[nameKey]
    if (typeof name !== 'string') throw invalid(`A request: ${nameKey}`, 'a string', name)
    return name
  }
  /** What goes out, as its schema gives it. */
  const outgoing = (name: string, data: unknown) => {
    const schema = schemas[name]?.request
    try {
      return schema ? atOnce(parse(schema, data, `A request for ${name}`)) : data
    } catch (thrown) {
      throw invalidated(thrown)
    }
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
    name: string,
    call: Call<string, string>,
    { timeout = usual, retry = usually, signal }: RequestOptions = {},
    take: Entry['take'],
    fail: Entry['fail'],
    done?: Entry['done'],
  ): Entry[] => {
    const id = prefix + ++sequence
    const schema = schemas[name]?.reply
    try {
      return [
        {
          id,
          message: protocol.request(id, name, outgoing(name, call[dataKey])),
          timeout,
          dueAt: socket.clock.now() + timeout,
          retries: retry === true ? Infinity : Number(retry),
          signal,
          take: schema ? (data) => take(quiet(incoming(name, schema, data))) : take,
          fail,
          done,
          state: socket.state.get(),
          handleEvent: undefined,
          isOver: false,
          veto: undefined,
          receipt: undefined,
          identity: undefined,
          connection: undefined,
        },
      ]
    } catch (thrown) {
      fail(thrown as SocketError)
      return []
    }
  }

  const ask = (
    call: Call<string, string>,
    options: RequestOptions | undefined,
    send: (entries: Entry[]) => void,
  ): Promise<any> => {
    const name = nameOf(call)
    return quiet(new Promise((resolve, reject) => send(enter(name, call, options, resolve, reject))))
  }

  return {
    request(call, options) {
      if (options) validate('request', options, requestKinds)
      return ask(call, options, books.ask)
    },

    stream(call, options = {}) {
      validate('stream', options, { ...requestKinds, buffer: atLeastOne })
      if (!protocol.streams) throw lacking('streams')
      const name = nameOf(call)
      const { buffer = 1_000 } = options
      let entries: Entry[] = []
      const leave = (error: SocketError) => {
        for (const entry of entries) books.leave(entry, error)
      }
      const parts = createParts<any>(
        () => {
          entries = enter(name, call, options, take, parts.end, parts.end)
          books.ask(entries)
        },
        () => leave(new SocketError('ABORTED', 'Its reader left.')),
      )
      const take = (part: unknown) => {
        if (parts.push(part) > buffer)
          leave(new SocketError('INBOUND_OVERFLOW', 'The parts are read too slowly: see buffer.'))
      }
      return parts.iterator
    },

    batch(calls, options = {}) {
      validate('batch', options, requestKinds)
      if (!batch) throw lacking('batches')
      const entries: Entry[] = []
      const promises = calls.map((call) => ask(call, options, ([entry]) => entry && entries.push(entry)))
      books.ask(entries, batch(entries.map(({ message }) => message)))
      return promises as never
    },

    notify(call) {
      const name = nameOf(call)
      return socket.send(protocol.notify(name, outgoing(name, call[dataKey])), { unchecked: true })
    },

    dispose: books.dispose,
  }
}

const lacking = (what: string) => new SocketError('INVALID_OPTION', `This protocol has no ${what}.`)
/** A schema may also throw. */
const invalidated = (thrown: unknown) =>
  thrown instanceof SocketError
    ? thrown
    : new SocketError('VALIDATION', 'A schema threw, or is asynchronous where it must not be: see cause.', {
        cause: thrown,
      })
