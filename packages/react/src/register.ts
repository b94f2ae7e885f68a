// What the hooks know of the app's own messages and requests.

import type { Socket } from '@hawser/core'
import type { Call, ReplyOf, RequestOptions, Requests, TypedRequests } from '@hawser/core/requests'

/**
 * Tell the hooks the types of your socket and your requests once, and those that take none have them:
 *
 * @example
 * export const socket = createSocket('wss://api.example.com/live', { codec: json({ incoming, outgoing }) })
 * export const requests = createRequests(socket, { schemas })
 *
 * declare module '@hawser/react' {
 *   interface Register {
 *     socket: typeof socket
 *     requests: typeof requests
 *   }
 * }
 */
// biome-ignore lint/suspicious/noEmptyInterface: apps add to it
export interface Register {}

export type RegisteredSocket = Register extends { readonly socket: infer S } ? S : Socket
export type RegisteredIn = RegisteredSocket extends Socket<infer In, any> ? In : never
export type RegisteredOut = RegisteredSocket extends Socket<any, infer Out> ? Out : never

export type RegisteredRequests = Register extends { readonly requests: infer R }
  ? R
  : Requests<'type', 'payload'>

/** What may come back, for any of its requests. */
export type AnyReply<R> =
  R extends Requests<any, any>
    ? unknown
    : R extends TypedRequests<infer S, any, any>
      ? { [Name in keyof S]: ReplyOf<S, Name> }[keyof S]
      : never

/** Its `request`, with what comes back where it does not know that by itself. */
export type RequestOf<R, Reply> =
  R extends Requests<infer NameKey, infer DataKey>
    ? (call: Call<NameKey, DataKey>, options?: RequestOptions) => Promise<Reply>
    : R extends { readonly request: infer Request }
      ? Request
      : never
