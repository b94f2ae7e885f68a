// The public vocabulary: what goes into createSocket, what comes out of it, and the seams between the rooms.

import type { CloseInfo, OpenState, SocketState } from './connection/state'
import type { SocketError } from './errors'
import type { Clock, Environment, WebSocketLike, WireData } from './platform'
import type { QueueStore } from './queue/store'

export type * from './connection/state'
export type * from './platform'

// ---------------------------------------------------------------- state

/** A value that can be read at any time and watched. `get()` gives the same object until something changed. */
export interface Store<T> {
  get(): T
  /** Calls `listener` after each change, not now. Returns the unsubscribe. */
  subscribe(listener: () => void): () => void
}

// ---------------------------------------------------------------- messages

/** What became of one message. The promises are made on first reading, so nobody owes them a `catch`. */
export interface Receipt {
  /** Unique over sockets and page loads. */
  readonly id: string
  /** `sent` goes back to `queued` when the message has to go out again: see `recover` of `offlineQueue`. */
  readonly status: 'queued' | 'sent' | 'confirmed' | 'dropped'
  /** Resolves when the message was handed to a transport; rejects with the `SocketError` that says why it was dropped. */
  readonly sent: Promise<void>
  /**
   * Resolves when it is known that the message arrived; rejects with the `SocketError` that says why it was dropped.
   * Reading it without `offlineQueue({ confirm })` throws `INVALID_OPTION`.
   */
  readonly confirmed: Promise<void>
  /**
   * Resolves when the message is in the store, or need not be there any more because it was sent or confirmed; rejects
   * with the `SocketError` that says why it was dropped. Reading it without `offlineQueue({ store })` throws
   * `INVALID_OPTION`.
   */
  readonly stored: Promise<void>
  /** Takes a waiting message back (`CANCELLED`). Says whether it was still waiting. */
  cancel(): boolean
}

/** A message that will not be sent (again). */
export interface Drop {
  readonly id: string
  /** The message as it would have gone over the wire; as it was given to `send()` where it could not be encoded. */
  readonly data: unknown
  /** `QUEUE_FULL`, `EXPIRED`, `REPLACED`, `CANCELLED`, `ABORTED`, `CLEARED`, `STORE`, `POISON`, `TOO_LARGE`, `UNCONFIRMED`, `NOT_OPEN`, `ENCODE`, `VALIDATION` or `CLOSED`. */
  readonly error: SocketError
}

export interface SendOptions {
  /** Drop the message with `EXPIRED` when it still waits after so many milliseconds. @default the queue's `ttl` */
  readonly ttl?: number
  /** Replaces an older message with the same key that still waits, in its place; that one is dropped with `REPLACED`. */
  readonly key?: string
  /** `false`: now or never. Dropped with `NOT_OPEN` or `QUEUE_FULL` unless it can go out at once. @default true */
  readonly queue?: boolean
  /** Drops the message with `ABORTED` when it still waits. */
  readonly signal?: AbortSignal
  /**
   * It is no message of the app's: neither the codec's outgoing schema nor the kinds of these options are looked at. For
   * protocols on top.
   * @default false
   */
  readonly unchecked?: boolean
}

/** What waits, and what is on its way. */
export interface QueueState {
  readonly messages: number
  /** Payload as it goes over the wire: UTF-8 length, `byteLength` or `Blob.size`. */
  readonly bytes: number
  /** Messages that were handed over and are not confirmed yet; 0 without `confirm`. */
  readonly unconfirmed: number
  /** Messages dropped since the socket was made, whatever the reason. */
  readonly dropped: number
}

export interface QueueStoreView extends Store<QueueState> {
  /**
   * Drops all that waits, with `CLEARED`; in a store, what other tabs added as well.
   *
   * @param options.identity whose messages: see `identity` of `offlineQueue`. @default the one that sends now
   */
  clear(options?: { readonly identity?: string | undefined }): void
  /**
   * Backpressure for senders: resolves when nothing waits, the transport's buffer is empty and, with `confirm`, nothing is
   * unconfirmed; rejects with `CLOSED`
   * when the socket ends for good.
   */
  drained(): Promise<void>
}

export interface SocketEvents<In> {
  /** Accepted, greeted, resubscribed: the connection can be used. What waits goes out after the listeners ran. */
  open: OpenState
  /** A connection or an attempt ended. Once for each. */
  close: CloseInfo
  message: In
  error: SocketError
  drop: Drop
  state: SocketState
}

// ---------------------------------------------------------------- seams

/** How messages become frames and frames become messages. */
export interface Codec<In = unknown, Out = unknown> {
  /** `raw`, `json` or your own. Tells auth and heartbeat what their default frames look like. */
  readonly name: string
  /** Throws what made it impossible; the message is then dropped with `ENCODE`. */
  encode(message: unknown): WireData
  /**
   * The frame of a plain object that has at least one member, with another one ahead of them: `opening` is the JSON text up
   * to the comma behind it, `{"id":"a-1",`. Faster than a copy of the object. `undefined` where there is no such way.
   */
  encodeWith?(message: object, opening: string): WireData | undefined
  /** Throws what made it impossible; the frame is then reported with `DECODE`. */
  decode(data: WireData): unknown
  /** Checks what the app sends before it is encoded. Frames of auth, handshake and heartbeat do not pass here. */
  parseOutgoing?(message: Out): unknown
  /** Checks what was decoded before the app sees it. */
  parseIncoming?(message: unknown): In | Promise<In>
}

export type Incoming<C> = C extends Codec<infer In, any> ? In : never
export type Outgoing<C> = C extends Codec<any, infer Out> ? Out : never

/** What one attempt is about to open. Headers are sent where the platform takes them. */
export interface ConnectRequest {
  readonly url: string
  readonly protocols: readonly string[]
  readonly headers: Readonly<Record<string, string>>
}

export type TokenReason = 'connect' | 'expiring' | 'rejected'

export interface TokenContext {
  readonly reason: TokenReason
  readonly attempt: number
  /** Aborted when the attempt is over. */
  readonly signal: AbortSignal
}

export type TokenResult = string | { readonly token: string; readonly expiresAt?: number } | null

/** What the socket asks of an auth value. `tokenAuth` makes one; each socket begins its own session with it. */
export interface Auth {
  readonly options?: unknown
  /** The token goes with the request: a refused handshake may be about it. */
  readonly inRequest?: boolean
  /** It calls `rotate()`: the socket needs `rotation`. */
  readonly rotates?: boolean
  /** @param newest gives the `options` that count now, where a component makes such a value anew at each render */
  readonly session: (newest?: () => any) => AuthSession
}

/** Auth for one socket. */
export interface AuthSession {
  /** Throws `INSECURE_TOKEN` or `INVALID_OPTION` where a token must not, or could not, go with such a request. */
  check(request: ConnectRequest, allowInsecure: boolean): void
  /**
   * The request with a token attached, `undefined` for signed out. Throws `UNAUTHORIZED` where no token will do.
   *
   * @param now ms since the epoch, at any time
   */
  prepare(
    request: ConnectRequest,
    context: TokenContext,
    now: () => number,
  ): Promise<ConnectRequest | undefined>
  /** The first thing on every open, where the token goes in a frame. Throws `UNAUTHORIZED` for a refused token. */
  readonly handshake: Handshake | undefined
  /** Renews the token ahead of its expiry, from an open on; what it gives ends with the connection. */
  readonly begin?: (host: AuthHost) => AuthRun
  /** The text without any token that was ever at hand. */
  redact(text: string): string
  /** The token that was attached last was refused. */
  refused(): void
}

/** What an open connection does for whoever keeps it alive or authorised. */
export interface ConnectionHost {
  readonly clock: Clock
  /** Name of the codec: tells what default frames look like. */
  readonly codec: string
  /** Makes a message and sends it past everything that waits. What `make` throws is reported. */
  readonly send: (make: () => unknown) => void
}

export interface AuthHost extends ConnectionHost {
  readonly random: () => number
  /** Milliseconds that a token may take. */
  readonly connectTimeout: number
  /** Goes over to a second connection, which is authorised anew. */
  readonly rotate: () => void
  /** The token cannot be used any more: another may be tried, none will do, or the user signed out. */
  readonly onRefused: (verdict: 'reauthenticate' | 'unauthorized' | 'stop') => void
  /** A renewal failed, and will be tried again. */
  readonly onError: (error: unknown) => void
}

export interface AuthRun {
  /** The page or the machine woke up: timers may be late. */
  look?(): void
  /** Sees each decoded message; `true`: it was an answer to a token. */
  receive(message: unknown): boolean
  stop(): void
}

/** What the socket asks of a heartbeat value. */
export interface Heartbeat {
  /** Begins with a connection; what it gives ends with it. */
  readonly begin: (host: HeartbeatHost) => HeartbeatRun
}

export interface HeartbeatHost extends ConnectionHost {
  /** Nothing was heard in time. */
  readonly onSilence: () => void
  /** Something speaks against the connection, and a probe is under way; or it spoke in favour. */
  readonly onSuspect: (suspect: boolean) => void
  /** Whether bytes that were in the transport's buffer when this was last asked are all still there. */
  readonly isStalled: () => boolean
  /** Tells of the protocol's own pings and pongs, and gives a function that sends a ping; where the platform can. */
  readonly protocolPings?: ((told: (what: 'ping' | 'pong') => void) => (() => void) | undefined) | undefined
  /** Asked before each ping; what it gives is called once that ping is answered: all that went before it has arrived. */
  readonly mark?: () => (() => void) | undefined
  /** A round trip, in milliseconds. */
  readonly onLatency: (latency: number) => void
}

export interface HeartbeatRun {
  /** Anything at all came in. */
  heard(): void
  /** Sees each decoded message first; `true`: it was a pong, or a ping that was answered. */
  receive(message: unknown): boolean
  /** Asks the other end at once, with little patience. `ifSilent`: only where nothing was heard for longer than usual. */
  probe?(ifSilent: boolean): void
  /** Asked before a message goes out: `true` where the clock jumped since anything was heard, so that a probe is due. */
  isDoubtful?(): boolean
  /** Pings, and calls `then` once that very ping is answered: whatever was sent before it has arrived. */
  fence?(then: () => void): void
  stop(): void
}

/** What the socket asks of a rotation value: how to go over to a second transport without a gap. */
export interface Rotation {
  /** Begins with a connection; what it gives ends with it. */
  readonly begin: (host: RotationHost) => RotationRun
}

/** What an open connection does for a rotation. The first transport is the one in use, the second is to take over. */
export interface RotationHost {
  readonly clock: Clock
  readonly random: () => number
  /** Milliseconds for which this connection is used, at least, though a server calls for the next. */
  readonly leastUptime: number
  /** Milliseconds that the second may take to be accepted. */
  readonly connectTimeout: number
  /** Opens, authorises and greets a second transport. Says how that ended: `undefined` for accepted. */
  readonly open: (ended: (error: SocketError | undefined) => void) => void
  /** Sending waits; `then` is called once all that was sent has arrived, or has left where nobody can know. */
  readonly hold: (then: () => void) => void
  /**
   * The second is the one in use from now on. The first is still listened to.
   *
   * @param proven whether all that was sent on the first has arrived
   */
  readonly takeOver: (proven: boolean) => void
  /** The first is heard no more. */
  readonly endFirst: () => void
  /** Gives the second up: the first goes on. */
  readonly giveUp: (error: SocketError | undefined) => void
}

export interface RotationRun {
  /** @param calledFor by a server or a token: tried again until it succeeds */
  rotate(calledFor: boolean): void
  /** Sees each decoded message; `true`: it said that the server is going away. */
  receive(message: unknown): boolean
  /** Whether the second transport was accepted, and waits to take over. */
  readonly isReady: boolean
  /** It takes over now: the first is lost. */
  takeOver(): void
  stop(): void
}

/** What createSocket keeps of `offlineQueue(…)`. */
export interface OfflineQueue {
  readonly maxMessages: number
  readonly maxBytes: number
  readonly overflow: 'drop-newest' | 'drop-oldest'
  readonly ttl: number
  readonly confirm: Confirmation | undefined
  readonly window: { readonly messages: number; readonly bytes: number }
  readonly recover: 'died' | 'always' | 'never'
  readonly store: QueueStore | undefined
  readonly identity: string | (() => string | undefined) | undefined
}

/** How it is known that a message arrived: a value that `acks(…)` or `pongs(…)` makes. */
export interface Confirmation {
  readonly by: 'acks' | 'pongs'
  /** Begins with a socket. */
  readonly begin: (host: any) => any
}

/** A protocol on top of the socket. */
export interface Extension {
  readonly name: string
  /**
   * Runs on every open after `onHandshake` and before `open`: resume, resubscribe. On a connection that is open already
   * when `use()` is called, at once. Its context stands for the connection, and lasts as long: see `HandshakeContext`.
   */
  readonly handshake?: Handshake
  /**
   * Sees each decoded message first; `true` consumes it. `connection` is what `handshake` was given on the connection
   * that it came on: in a rotation there are two.
   */
  readonly incoming?: (message: unknown, connection: HandshakeContext) => boolean | undefined
  /** Sees each message of the app before it is encoded; gives what is sent instead. */
  readonly outgoing?: (message: unknown) => unknown
}

/** One connection, to whoever greets it: the same object for as long as it lasts. */
export interface HandshakeContext {
  /**
   * Sends on this very connection at once, past everything that waits; nothing, once it is over. After the handshake it is
   * meant for frames of a protocol on top: they are neither queued nor paced nor confirmed.
   *
   * @throws what made it impossible to encode
   */
  readonly send: (message: unknown) => void
  /** The next message from the server. What nobody receives is kept and emitted after `open`. */
  readonly receive: () => Promise<unknown>
  /** Puts messages back, ahead of those that were not received yet. */
  readonly putBack: (...messages: unknown[]) => void
  /** Name of the codec. */
  readonly codec: string
  /** Aborted when the attempt, or the connection that it led to, is over. */
  readonly signal: AbortSignal
}

export type Handshake = (context: HandshakeContext) => void | Promise<void>

// ---------------------------------------------------------------- options

export interface AttemptContext {
  /** 0 for the first try, n for the n-th retry since the last useful connection. */
  readonly attempt: number
  /** Why this attempt is made; missing for the first. */
  readonly cause: CloseInfo | undefined
  /** Aborted when the attempt is over. */
  readonly signal: AbortSignal
}

export type Provider<T> = (context: AttemptContext) => T | Promise<T>

export interface RetryContext {
  /** 1 for the first retry. */
  readonly attempt: number
  /** Uniform in [0, 1): take chance from here, so that tests and simulations can replay it. */
  readonly random: () => number
  readonly cause: CloseInfo
}

export interface MessagesOptions {
  readonly signal?: AbortSignal
  /** How many messages may wait to be read. @default 1_000 */
  readonly buffer?: number
}

/** What follows from a close: see the table in the README. */
export type Verdict = 'retry' | 'retry-slowly' | 'reauthenticate' | 'stop'

export interface SocketOptions<C extends Codec<any, any> = Codec<any, any>> {
  /** Subprotocols, or a function that gives them at each attempt. @default none */
  readonly protocols?: string | readonly string[] | Provider<string | readonly string[]>
  /** @default none */
  readonly auth?: Auth
  /** Runs after auth and before anything else on every open. A throw fails the attempt. @default none */
  readonly onHandshake?: Handshake
  /** `false`: what is sent while the socket is not open is dropped. @default offlineQueue() */
  readonly queue?: OfflineQueue | false
  /** @default none */
  readonly heartbeat?: Heartbeat
  /** @default raw: strings and binary pass as the platform has them */
  readonly codec?: C
  /** Attempts after the first, until a connection was useful. @default Infinity */
  readonly retries?: number
  /** How long to wait before a retry, in milliseconds. @default exponentialBackoff() */
  readonly retryDelay?: (context: RetryContext) => number
  /** Overrides the verdict on a close. */
  readonly shouldRetry?: (close: CloseInfo, verdict: Verdict) => boolean
  /** Reads a server's advice from a close: milliseconds to stay away. Leads to the slow schedule. */
  readonly retryAfter?: (close: CloseInfo) => number | undefined
  /** Milliseconds for one attempt: functions, transport and handshake together. @default 10_000 */
  readonly connectTimeout?: number
  /** Milliseconds from the transport's open to ours. @default 10_000 */
  readonly handshakeTimeout?: number
  /** Milliseconds that an unanswered close may hold things up. @default 2_000 */
  readonly closeTimeout?: number
  /** Milliseconds of useful time after which the attempts are counted anew. @default 5_000 */
  readonly minUptime?: number
  /**
   * How a connection that was lost is replaced while the page is hidden: as always, on the slow schedule, or not before
   * it is seen again. One that is open stays open.
   * @default 'keep'
   */
  readonly whenHidden?: 'keep' | 'slow' | 'suspend'
  /**
   * The same while the machine says that it is offline. Loopback is always tried, and hosts of the local network are
   * tried slowly at least: such a machine may well reach them.
   * @default 'slow'
   */
  readonly whenOffline?: 'slow' | 'suspend'
  /** How to go over to a new connection without a gap, for `rotate()` and `tokenAuth({ renew: 'rotate' })`. @default none */
  readonly rotation?: Rotation
  /** @default 'arraybuffer' */
  readonly binaryType?: 'arraybuffer' | 'blob'
  /** Bytes in the transport at which sending pauses. @default 65_536 */
  readonly highWaterMark?: number
  /** Bytes in the transport at which it goes on; below `highWaterMark`. @default 0 */
  readonly lowWaterMark?: number
  /** Frames kept until the first `message` listener ever. @default 64 */
  readonly inboundBuffer?: number
  /** Permits a token over `ws:` to a host that is not loopback. @default false */
  readonly allowInsecure?: boolean
  /** Parts of the platform to use instead. @default the platform's */
  readonly environment?: Partial<Environment>
  /** Receives every inspection event: redacted, without payloads. @default none */
  readonly inspect?: (event: InspectEvent) => void
}

/** What the inspector is told, `at` which time (ms since the epoch). Each event of the socket but `message`, and more. */
export type InspectEvent = { readonly at: number } & (
  | { readonly type: 'state'; readonly state: SocketState }
  | {
      readonly type: 'attempt'
      readonly attempt: { readonly url: string; readonly protocols: readonly string[] }
    }
  | { readonly type: 'open'; readonly open: OpenState }
  | { readonly type: 'close'; readonly close: CloseInfo }
  | { readonly type: 'error'; readonly error: SocketError }
  | { readonly type: 'drop'; readonly drop: { readonly id: string; readonly error: SocketError } }
  /** Something waits although nobody has called `connect()`. Told once. */
  | { readonly type: 'queued'; readonly queued: SocketState['status'] }
  | { readonly type: 'latency'; readonly latency: number }
)

// ---------------------------------------------------------------- the socket

export interface Socket<In = unknown, Out = unknown> {
  /** Starts, or cuts a pending wait short. Does nothing while connecting or open. */
  connect(): void
  /**
   * The user's close: final. Resolves when closed, at the latest after `drain` plus `closeTimeout`, also when the peer
   * never answers. What waits stays in the queue for a later `connect()`.
   *
   * @param code 1000 or 3000–4999 (WHATWG WebSockets, `close()`); throws `INVALID_OPTION` otherwise. @default 1000
   * @param reason cut at 123 bytes of UTF-8
   * @param options.drain milliseconds to wait for the queue and the transport's buffer first; only while open
   */
  close(code?: number, reason?: string, options?: { readonly drain?: number }): Promise<void>
  /** Replaces the transport now, with a gap. */
  reconnect(): void
  /**
   * Replaces the transport without a gap; see `rotation()`. Does nothing unless open.
   *
   * @throws {SocketError} `INVALID_OPTION` without the option `rotation`
   */
  rotate(): void
  /** Counted connect for component trees: the last release closes, after a short grace. */
  retain(): () => void
  /** Sends, or queues until it can. Never throws for the state that the socket is in. */
  send(message: Out, options?: SendOptions): Receipt
  /** Adds a listener; returns its removal. */
  on<K extends keyof SocketEvents<In>>(event: K, listener: (payload: SocketEvents<In>[K]) => void): () => void
  /** The next event of that name. Rejects with the signal's reason. */
  once<K extends keyof SocketEvents<In>>(
    event: K,
    options?: { readonly signal?: AbortSignal },
  ): Promise<SocketEvents<In>[K]>
  /**
   * Resolves when open, from the first open on; rejects with `CLOSED` when the socket ended for good. Without a signal
   * it is one and the same promise until then.
   */
  opened(options?: { readonly signal?: AbortSignal }): Promise<void>
  /** Adds a protocol on top; returns its removal. */
  use(extension: Extension): () => void
  readonly state: Store<SocketState>
  readonly queue: QueueStoreView
  /** The last round trip of the heartbeat, in milliseconds. */
  readonly latency: Store<number | undefined>
  /**
   * Messages as an async iterator. Holds at most `buffer` of them and then lets the oldest go, which is reported as
   * `error`. Ends when the socket ends for good or `signal` aborts.
   */
  messages(options?: MessagesOptions): AsyncIterableIterator<In>
  /** The native socket, as an escape hatch. */
  readonly transport: WebSocketLike | undefined
  /** Time as the socket sees it, for protocols on top: see `environment.clock`. */
  readonly clock: Clock
  /** Sets this socket apart from all others, over page loads too: what the ids of its receipts begin with. */
  readonly id: string
  /** Whose messages go out on the connection at hand: see `identity` of `offlineQueue`. */
  readonly identity: string | undefined
  /**
   * Tells of what a callback of the app threw, as the event `error` with `LISTENER`; where nobody listens for it, and after the
   * end, as the platform tells of uncaught errors. A `SocketError` is told as it is. For protocols on top.
   */
  report(thrown: unknown): void
  /** Closes, and drops what waits with `CLOSED`. */
  [Symbol.asyncDispose](): Promise<void>
}
