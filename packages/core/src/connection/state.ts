// The states of a socket, one union on `status`.
//
//            connect()                       authenticated, greeted
//    idle ──────────────► connecting ──────────────────────────────────► open
//                          │  ▲   ▲                                       │
//                   failed │  │   └────────── reconnect() ────────────────┤
//                          ▼  │ due, connect()                            │
//                         waiting ◄──────────── lost ─────────────────────┤
//                          │  ▲                                           │
//            offline, hidden │ online, visible                            │
//                          ▼  │                                           │
//                        suspended ◄─── into the back/forward cache ──────┤
//                                                                         │
//    unauthorized ◄── a fresh token was refused ── connecting, open       │ close()
//                                                                         ▼
//    closed ◄── close() in any other state,                            closing
//       ▲       signed out, retries used up, a code that stops            │
//       └───────────────────── answered, or closeTimeout ─────────────────┘
//
// `connect()` leads from closed and unauthorized to connecting, with the attempts counted from 0.

import type { SocketError } from '../errors'

/** Who or what ended a connection. */
export type CloseOrigin =
  | 'user'
  | 'server'
  | 'network'
  | 'timeout'
  | 'heartbeat'
  | 'page'
  | 'auth'
  | 'rotation'

/** How a connection or an attempt ended. */
export interface CloseInfo {
  /** The true close code: what the peer sent (RFC 6455 section 7.4), 1005 where it sent none, else 1006. */
  readonly code: number
  readonly reason: string
  /** Whether both sides finished the closing handshake. */
  readonly wasClean: boolean
  readonly origin: CloseOrigin
  /**
   * What had been handed over on this connection and may not have arrived, less what went back to the queue. `bytes` counts text by its UTF-16 length: a lower bound that costs nothing per message.
   */
  readonly uncertain: { readonly messages: number; readonly bytes: number }
}

export type IdleState = { readonly status: 'idle' }
export type ConnectingState = {
  readonly status: 'connecting'
  /** 0 for the first try, n for the n-th retry since the last useful connection. */
  readonly attempt: number
  readonly phase: 'credentials' | 'transport' | 'handshake'
}
export type OpenState = {
  readonly status: 'open'
  /** When the handshake ended (ms since the epoch). */
  readonly since: number
  /** The subprotocol that the server chose. A token sent as one reads `[redacted]`. */
  readonly protocol: string
  /** Something speaks against this connection and a probe is under way. */
  readonly suspect: boolean
  /** A second transport is being opened to take over. */
  readonly rotating: boolean
}
export type WaitingState = {
  readonly status: 'waiting'
  /** The number that the next attempt will have. */
  readonly attempt: number
  /** When it will be made (ms since the epoch). */
  readonly retryAt: number
  readonly cause: CloseInfo
}
/** No attempt is made before the machine is online, or the page is seen again; or until `connect()`. */
export type SuspendedState = {
  readonly status: 'suspended'
  readonly why: 'offline' | 'hidden'
  /** The number that the next attempt will have. */
  readonly attempt: number
  readonly cause: CloseInfo
}
/** A fresh token was refused. Nothing is tried until `connect()`. */
export type UnauthorizedState = { readonly status: 'unauthorized'; readonly error: SocketError }
export type ClosingState = { readonly status: 'closing'; readonly draining: boolean }
/** The end: the user's close, signed out, retries used up, or a code that stops. `connect()` starts afresh. */
export type ClosedState = { readonly status: 'closed'; readonly cause: CloseInfo }

/** What the socket is doing, one union on `status`. Snapshots never change; a new one is made at each change. */
export type SocketState =
  | IdleState
  | ConnectingState
  | OpenState
  | WaitingState
  | SuspendedState
  | UnauthorizedState
  | ClosingState
  | ClosedState
