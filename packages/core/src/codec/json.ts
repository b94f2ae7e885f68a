// json: objects on both sides, checked by schemas where they are given.

import { atOnce } from '../deferred'
import type { Codec } from '../types'
import { flag, type Kind, validate } from '../validate'
import { isBinary } from '../wire-data'
import { parse, type StandardSchema } from './standard-schema'

export interface JsonOptions<In, Out, Binary extends boolean> {
  /** Any Standard Schema; what it gives back is what `message` listeners get. @default unchecked, typed `unknown` */
  readonly incoming?: StandardSchema<any, In>
  /** Any synchronous Standard Schema; what it gives back is what is sent. @default unchecked */
  readonly outgoing?: StandardSchema<Out, any>
  /** Lets binary frames and binary messages pass as they are, unchecked. @default false: they are an error */
  readonly binary?: Binary
}

type Binaries = ArrayBuffer | ArrayBufferView | Blob

/**
 * Text frames as JSON. A frame that does not parse is an `error` with `DECODE` and the first characters of it, one that
 * does not match its schema is an `error` with `VALIDATION` and the issues; the connection lives on. A message that
 * cannot be encoded is dropped with `ENCODE` or `VALIDATION`.
 *
 * @throws {SocketError} `INVALID_OPTION`
 */
export function json<In = unknown, Out = unknown, const Binary extends boolean = false>(
  options: JsonOptions<In, Out, Binary> = {},
): Codec<Binary extends true ? In | ArrayBuffer | Blob : In, Binary extends true ? Out | Binaries : Out> {
  const schema: Kind = isSchema
  validate('json', options, { incoming: schema, outgoing: schema, binary: flag })
  const { incoming, outgoing, binary } = options
  const passes = (value: unknown): value is never => !!binary && isBinary(value)
  return {
    name: 'json',
    encode(message) {
      if (isBinary(message)) {
        if (binary) return message
        throw new TypeError('binary messages want json({ binary: true })')
      }
      const text = JSON.stringify(message)
      if (text === undefined) throw new TypeError(`JSON has no form for ${typeof message}`)
      return text
    },
    encodeWith(message, opening) {
      const text = JSON.stringify(message)
      // Its own toJSON may make anything of it.
      return text?.[0] === '{' && text[1] !== '}' ? opening + text.slice(1) : undefined
    },
    decode(data) {
      if (typeof data !== 'string') {
        if (binary) return data
        throw new TypeError('binary frames want json({ binary: true })')
      }
      try {
        return JSON.parse(data)
      } catch {
        // The platform's own message quotes the frame, and may cut a token in two.
        throw new SyntaxError('no JSON')
      }
    },
    ...(incoming && {
      parseIncoming: (value: unknown) =>
        passes(value) ? value : parse(incoming, value, 'An incoming message'),
    }),
    ...(outgoing && {
      parseOutgoing: (value: unknown) => {
        return passes(value) ? value : atOnce(parse(outgoing, value, 'An outgoing message'))
      },
    }),
  }
}

const isSchema: Kind = [
  (value: any) => typeof value?.['~standard']?.validate === 'function',
  'a Standard Schema (zod, valibot, arktype …)',
]
