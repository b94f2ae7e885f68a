// What the composables know of the app's own messages.

import type { Socket } from '@hawser/core'

/**
 * Tell the composables the type of your socket once, and those that take none have its messages:
 *
 * @example
 * export const socket = createSocket('wss://api.example.com/live', { codec: json({ incoming, outgoing }) })
 *
 * declare module '@hawser/vue' {
 *   interface Register {
 *     socket: typeof socket
 *   }
 * }
 */
// biome-ignore lint/suspicious/noEmptyInterface: apps add to it
export interface Register {}

export type RegisteredSocket = Register extends { readonly socket: infer S } ? S : Socket
export type RegisteredIn = RegisteredSocket extends Socket<infer In, any> ? In : never
export type RegisteredOut = RegisteredSocket extends Socket<any, infer Out> ? Out : never
