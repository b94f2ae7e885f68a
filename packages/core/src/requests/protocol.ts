// What the books of requests ask of a protocol: pure functions that make its messages and understand them.

import { type Kind, madeBy } from '../validate'

/** JSON-RPC 2.0 (section 4) has strings and numbers. */
export type RequestId = string | number

/**
 * How requests, their answers and what belongs to them look on the wire: `envelope()`, `jsonRpc()` or your own. All its
 * functions are pure, answer at once and do not throw; what they make is a message for the socket's codec.
 *
 * @example
 * const tuples: Protocol<'name', 'args'> = {
 *   nameKey: 'name',
 *   dataKey: 'args',
 *   request: (id, name, args) => ['ask', id, name, args],
 *   notify: (name, args) => ['tell', name, args],
 *   answer: (id, value) => ['answer', id, value],
 *   refuse: (id, why) => ['refusal', id, why],
 *   read(message) {
 *     if (!Array.isArray(message)) return undefined
 *     const [what, id, data] = message
 *     if (what === 'answer') return { kind: 'reply', id, data }
 *     return what === 'refusal' ? { kind: 'error', id, data } : undefined
 *   },
 * }
 */
export interface Protocol<NameKey extends string = string, DataKey extends string = string> {
  /** Where a call has its name: `type` for `request({ type: 'user' })`. */
  readonly nameKey: NameKey
  /** Where it has what goes with it: `payload` for `request({ type: 'user', payload: 1 })`. */
  readonly dataKey: DataKey
  readonly request: (id: string, name: string, data: unknown) => unknown
  /** One that wants no answer. */
  readonly notify: (name: string, data: unknown) => unknown
  /** What a handler gave for a request of the server's. */
  readonly answer: (id: RequestId, value: unknown) => unknown
  /** `'unknown'`: no handler has that name. `'failed'`: it threw; what it threw may hold secrets, and is not told. */
  readonly refuse: (id: RequestId, why: 'unknown' | 'failed') => unknown
  /** Whether `createResponder` refuses a request that nobody handles. @default false: it goes to the app */
  readonly refusesUnknown?: boolean
  /** Tells the server that nobody waits for this answer any more. Missing: it is not told. */
  readonly cancel?: ((id: string) => unknown) | undefined
  /** Several requests, or several answers, as one message. Missing: there are no batches. */
  readonly batch?: ((messages: readonly unknown[]) => unknown) | undefined
  /** Whether an answer may come in parts. @default false */
  readonly streams?: boolean
  /** Understands a decoded message, or a batch of them. `undefined`: it is none of this protocol, and goes to the app. */
  readonly read: (message: unknown) => Reading | readonly Reading[] | undefined
}

/** What one message of a protocol says. What has an id that nobody knows is ignored. */
export interface Reading {
  /**
   * - `reply`: the answer, or the last part of it, is `data`. `error`: the request failed; `data` says why.
   * - `next`: `data` is a part of the answer. `complete`: there are no more; for who asked for the whole, `data` is it.
   * - `request`, `notification`: the server calls `name` with `data`, and wants an answer or none. What nobody handles
   *   goes to the app, but see `refusesUnknown`. `cancel`: it wants that answer no more; the app's where there is none.
   */
  readonly kind: 'reply' | 'error' | 'next' | 'complete' | 'request' | 'notification' | 'cancel'
  /** Whose answer it is, or what an answer has to refer to. */
  readonly id?: RequestId | undefined
  readonly name?: string
  readonly data?: unknown
}

export const protocolKind: Kind = madeBy('request read', 'envelope(), jsonRpc() or the like')
