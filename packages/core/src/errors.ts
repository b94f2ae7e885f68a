// SocketError: the one error class of Hawser, told apart by `code`.

/**
 * What went wrong, as a literal to switch on. Messages may be reworded in any release, codes may not.
 *
 * - `INVALID_OPTION`: an option, a URL or an argument is not of the kind that is documented.
 * - `NO_SOCKET`: a hook or composable found no socket, or no requests: none were passed, and no provider above has some.
 * - `NO_WEBSOCKET`: the platform has no `WebSocket` and none was given by `environment`.
 * - `INSECURE_TOKEN`: a token would have gone over `ws:` to a host that is not loopback.
 * - `CONNECT_TIMEOUT`, `HANDSHAKE_TIMEOUT`: an attempt took longer than the option of that name.
 * - `PROVIDER`: a URL, protocol, token or handshake function threw, rejected or gave something unusable.
 * - `ROTATION`: a second connection could not take over, and the first goes on; `cause` says why.
 * - `UNAUTHORIZED`: the server refused a fresh token.
 * - `CLOSED`: the socket ended for good.
 * - `NOT_OPEN`: `queue: false`, and there was no open connection to send on.
 * - `QUEUE_FULL`, `EXPIRED`, `REPLACED`, `CANCELLED`, `ABORTED`, `CLEARED`, `POISON`: why a message was dropped.
 * - `TOO_LARGE`: the server closed with 1009 because of it; as an event where nobody can know which message it was.
 * - `UNCONFIRMED`: the connection ended before it was confirmed, and it is not to be sent again.
 * - `ENCODE`, `DECODE`, `VALIDATION`: a message that the codec or its schema did not take.
 * - `INBOUND_OVERFLOW`: more frames arrived than `inboundBuffer` holds before anybody listened.
 * - `STORE`: messages could not be kept on disk, or read from there; those at hand stay in memory. `cause` says why.
 * - `REJECTED`: the server does not let us subscribe to a channel; `cause` is what it said.
 * - `REQUEST_TIMEOUT`: no answer came in time. `REQUEST_FAILED`: the server answered with an error; `cause` is what it said.
 * - `REQUEST_LOST`: the connection ended before the answer, and the request is not sent again.
 * - `LISTENER`: a callback of the app threw; `cause` is what it threw.
 */
export type SocketErrorCode =
  | 'INVALID_OPTION'
  | 'NO_SOCKET'
  | 'NO_WEBSOCKET'
  | 'INSECURE_TOKEN'
  | 'CONNECT_TIMEOUT'
  | 'HANDSHAKE_TIMEOUT'
  | 'PROVIDER'
  | 'ROTATION'
  | 'UNAUTHORIZED'
  | 'CLOSED'
  | 'NOT_OPEN'
  | 'QUEUE_FULL'
  | 'EXPIRED'
  | 'REPLACED'
  | 'CANCELLED'
  | 'ABORTED'
  | 'CLEARED'
  | 'POISON'
  | 'TOO_LARGE'
  | 'UNCONFIRMED'
  | 'ENCODE'
  | 'DECODE'
  | 'VALIDATION'
  | 'INBOUND_OVERFLOW'
  | 'STORE'
  | 'REJECTED'
  | 'REQUEST_TIMEOUT'
  | 'REQUEST_FAILED'
  | 'REQUEST_LOST'
  | 'LISTENER'

/** One complaint of a schema, as Standard Schema gives it. */
export interface Issue {
  readonly message: string
  readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined
}

export interface SocketErrorDetails {
  /** What was thrown underneath, where something was. Never holds a token. */
  readonly cause?: unknown
  /** A schema's complaints, with `VALIDATION`. */
  readonly issues?: readonly Issue[]
}

/** Every error that Hawser throws, rejects with or emits. Compare by `code`, not by message or class. */
export class SocketError extends Error {
  override readonly name = 'SocketError'
  readonly code: SocketErrorCode
  readonly issues: readonly Issue[] | undefined

  constructor(code: SocketErrorCode, message: string, details: SocketErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined)
    this.code = code
    this.issues = details.issues
  }
}
