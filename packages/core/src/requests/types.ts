// What goes into createRequests, and what comes out of it.

import type { StandardSchema } from '../codec/standard-schema'
import type { Receipt } from '../types'
import type { Protocol } from './protocol'

/** What is asked for, and with which data: `{ type, payload }` with `envelope()`, `{ method, params }` with `jsonRpc()`. */
export type Call<NameKey extends string = 'type', DataKey extends string = 'payload'> = {
  readonly [K in NameKey]: string
} & { readonly [K in DataKey]?: unknown }

export interface RequestOptions {
  /**
   * Milliseconds from the call to the answer, whatever the connection does meanwhile; for a stream, to each part. Rejects
   * with `REQUEST_TIMEOUT`. @default that of `createRequests`
   */
  readonly timeout?: number
  /** Takes the request back (`ABORTED`; `cause` is the signal's reason). */
  readonly signal?: AbortSignal
  /**
   * Whether it is sent again, with the same id, when the connection ended before the answer; or how many times. Only for
   * what may be done twice, unless the server knows it by its id. What had not left is sent in any case, once.
   * @default that of `createRequests`
   */
  readonly retry?: boolean | number
}

export interface StreamOptions extends RequestOptions {
  /** How many parts may wait to be read; one more ends the stream with `INBOUND_OVERFLOW`. @default 1_000 */
  readonly buffer?: number
}

/** By name: what goes out, as the schema takes it, and what comes back, as the schema gives it. */
export interface Schemas {
  readonly [name: string]: {
    /** Synchronous. What it gives is what is sent. @default unchecked */
    readonly request?: StandardSchema<any, any>
    /** For the answer, or each part of it. @default unchecked */
    readonly reply?: StandardSchema<any, any>
  }
}

export interface RequestsOptions<NameKey extends string = string, DataKey extends string = string> {
  /** @default envelope() */
  readonly protocol?: Protocol<NameKey, DataKey>
  /** @default 30_000 */
  readonly timeout?: number
  /** @default false */
  readonly retry?: boolean | number
  /** Any Standard Schema. Names that are not there pass unchecked. @default none */
  readonly schemas?: Schemas
}

/** What all requests of a socket have in common, typed or not. */
export interface RequestsBase {
  /** Leaves the socket: what is pending rejects with `ABORTED`, as does what is asked from now on. */
  dispose(): void
}

export interface Requests<NameKey extends string = string, DataKey extends string = string>
  extends RequestsBase {
  /**
   * Asks, and resolves with the answer. Waits while the socket is not open, like any message. Of an answer in parts it is
   * the first, and the others are taken back.
   *
   * Rejects with a `SocketError`: `REQUEST_FAILED` (`cause` is what the server said), `REQUEST_TIMEOUT`, `REQUEST_LOST`,
   * `ABORTED`, `CLOSED` when the socket ended for good, `VALIDATION`, or why the queue dropped it (`QUEUE_FULL`, `CLEARED`, …).
   * Nobody owes it a `catch`.
   *
   * @throws {SocketError} `INVALID_OPTION`
   */
  request<Reply = unknown>(call: Call<NameKey, DataKey>, options?: RequestOptions): Promise<Reply>
  /**
   * The same for an answer in parts, in their order; ends with the last one. Asks when the first part is wanted, not before.
   * `break` and `return()` take it back. What a break of the connection ends is sent again only where no part has come.
   *
   * @throws {SocketError} `INVALID_OPTION`, also where the protocol has no streams
   */
  stream<Part = unknown>(call: Call<NameKey, DataKey>, options?: StreamOptions): AsyncIterableIterator<Part>
  /**
   * Asks several things in one message; gives their promises in the same order, each settles like `request()`. After a break
   * they are sent again one by one. Where messages are confirmed by `acks`, the batch has to be an object that can bear an
   * id: that of JSON-RPC is none, and rejects with `ENCODE`.
   *
   * @throws {SocketError} `INVALID_OPTION`, also where the protocol has no batches
   */
  batch<const Calls extends readonly Call<NameKey, DataKey>[]>(
    calls: Calls,
    options?: RequestOptions,
  ): { -readonly [I in keyof Calls]: Promise<unknown> }
  /**
   * Says something that wants no answer.
   *
   * @throws {SocketError} `INVALID_OPTION`, `VALIDATION`
   */
  notify(call: Call<NameKey, DataKey>): Receipt
}

type Input<Schema> = Schema extends StandardSchema<infer In, any> ? In : unknown
type Output<Schema> = Schema extends StandardSchema<any, infer Out> ? Out : unknown

/** What comes back for a name. */
export type ReplyOf<S extends Schemas, Name extends keyof S> = S[Name] extends {
  readonly reply: infer Schema
}
  ? Output<Schema>
  : unknown

/** What is asked by a name. Data may be missing where the schema takes `undefined`, or there is none. */
export type CallOf<
  S extends Schemas,
  Name extends keyof S,
  NameKey extends string = 'type',
  DataKey extends string = 'payload',
> = { readonly [K in NameKey]: Name } & DataOf<
  S[Name] extends { readonly request: infer Schema } ? Input<Schema> : unknown,
  DataKey
>

type DataOf<Data, DataKey extends string> = undefined extends Data
  ? { readonly [K in DataKey]?: Data }
  : { readonly [K in DataKey]: Data }

/** `Requests` that know what goes with which name. */
export interface TypedRequests<
  S extends Schemas,
  NameKey extends string = string,
  DataKey extends string = string,
> extends RequestsBase {
  /** See `Requests`. What does not match its schema rejects with `VALIDATION`; nothing is sent then, or the answer is lost. */
  request<Name extends keyof S & string>(
    call: CallOf<S, Name, NameKey, DataKey>,
    options?: RequestOptions,
  ): Promise<ReplyOf<S, Name>>
  /** See `Requests`. */
  stream<Name extends keyof S & string>(
    call: CallOf<S, Name, NameKey, DataKey>,
    options?: StreamOptions,
  ): AsyncIterableIterator<ReplyOf<S, Name>>
  /** See `Requests`. */
  batch<const Names extends readonly (keyof S & string)[]>(
    calls: { readonly [I in keyof Names]: CallOf<S, Names[I], NameKey, DataKey> },
    options?: RequestOptions,
  ): { -readonly [I in keyof Names]: Promise<ReplyOf<S, Names[I]>> }
  /** See `Requests`. */
  notify<Name extends keyof S & string>(call: CallOf<S, Name, NameKey, DataKey>): Receipt
}
