// A codec of one's own: MessagePack by `@msgpack/msgpack`, with schemas.
import { SocketError } from '@hawser/core'
import { decode, encode } from '@msgpack/msgpack'

/**
 * @template Input, Output
 * @typedef {import('@hawser/core').StandardSchema<Input, Output>} StandardSchema
 */

/**
 * Binary frames as MessagePack. A frame that does not decode is an `error` with `DECODE`, one that does not match its schema is
 * an `error` with `VALIDATION` and the issues; the connection lives on. A message that cannot be encoded is dropped with
 * `ENCODE` or `VALIDATION`.
 *
 * @template [In=unknown]
 * @template [Out=unknown]
 * @param {object} [options]
 * @param {StandardSchema<any, In>} [options.incoming] zod's, or any Standard Schema; async where it has to be
 * @param {StandardSchema<Out, any>} [options.outgoing] likewise, but not async
 * @returns {import('@hawser/core').Codec<In, Out>}
 */
export function msgpack({ incoming, outgoing } = {}) {
  return {
    name: 'msgpack',
    encode: (message) => encode(message),
    decode(data) {
      if (!(data instanceof ArrayBuffer)) {
        throw new TypeError("only binary frames, with binaryType 'arraybuffer', are MessagePack")
      }
      return decode(data)
    },
    ...(incoming && { parseIncoming: (message) => check(incoming, message) }),
    ...(outgoing && { parseOutgoing: (message) => check(outgoing, message) }),
  }
}

/**
 * @template Output
 * @param {StandardSchema<any, Output>} schema
 * @param {unknown} message
 * @returns {Output | Promise<Output>}
 */
function check(schema, message) {
  const result = schema['~standard'].validate(message)
  return result instanceof Promise ? result.then(take) : take(result)
}

/**
 * @template Output
 * @param {Awaited<ReturnType<StandardSchema<any, Output>['~standard']['validate']>>} result
 */
function take(result) {
  if (!result.issues) return result.value
  const why = result.issues.map(({ message }) => message).join('; ')
  throw new SocketError('VALIDATION', `A message does not match its schema: ${why}`, {
    issues: result.issues,
  })
}
