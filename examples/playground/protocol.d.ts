// What the page and the server of the playground say to each other.

/**
 * From a page. The first frame of each connection is `auth`; only pings may come before. A frame that is none of these
 * closes the connection with 1003.
 */
export type ClientMessage =
  | { readonly type: 'auth'; readonly token: string }
  | { readonly type: 'ping' }
  /** The n-th message of one client, counted from 1; `client` is new at each page load, such as `react-x7f3`. */
  | { readonly type: 'note'; readonly client: string; readonly n: number }

export type ServerMessage =
  | { readonly type: 'welcome' }
  /** The token is not valid, or not any more: the connection is then closed with 4401. */
  | { readonly type: 'refused'; readonly reason: string }
  | { readonly type: 'pong' }
  /** What some client sent, to everybody: also to who sent it. Doubles are sent on as they come. */
  | { readonly type: 'note'; readonly client: string; readonly n: number }

/** What the server counted of one client. */
export interface ClientCount {
  /** Different messages that arrived. */
  readonly arrived: number
  /** Messages that arrived again. */
  readonly doubled: number
  /** Messages that arrived after one with a higher number. */
  readonly reordered: number
  /** The highest number that arrived. */
  readonly highest: number
  /**
   * Connections that are open now, and that were ever made: known to be this client's by its token, or else by the first
   * message.
   */
  readonly open: number
  readonly connections: number
}

/** `GET /control/stats`, and each event of `GET /control/events` (server-sent, at most 20 a second). */
export interface Summary {
  /** The hundred newest; those that are connected stay. */
  readonly clients: { readonly [client: string]: ClientCount }
  /** TCP connections at the proxy, now. */
  readonly connections: number
  readonly faults: Faults
}

/** What is broken at the moment. */
export interface Faults {
  /** The server is gone: new connections are refused. */
  readonly killed: boolean
  /** The proxy passes nothing on, in either direction, and ends nothing: all connections are half-open. */
  readonly stalled: boolean
  /** Bytes per second that pass in each direction of each connection; `null`: as many as come. */
  readonly rate: number | null
  /** Milliseconds that each chunk takes longer. */
  readonly latency: number
  /** Every token is refused. */
  readonly refusing: boolean
}

/**
 * `POST /control/…`, each answered with the Summary as it is then, or with 400 where a parameter is wrong:
 *
 * - `kill`: ends the server and all connections as a process that dies does; `restart`: it is back
 * - `close?code=&reason=`: all connections are closed by the server, 1012 by default
 * - `reset`: all connections are reset (RST)
 * - `stall`, `heal`: half-open, and whole again; what was held passes on
 * - `slow?rate=&latency=`: either or both; what is not given is as fast as can be
 * - `refuse`, `accept`: tokens; connections that were accepted before live on
 * - `expire`: no token that was given out so far is valid any more, and connections made with them are closed with 4401
 *
 * `POST /token?client=` gives `{ token, expiresAt }`. Connections made with it are counted as that client's from the
 * welcome on; without `client`, from its first note on. `GET /config` gives `{ url }` of the WebSocket endpoint, through
 * the proxy.
 */
export type Control =
  | 'kill'
  | 'restart'
  | 'close'
  | 'reset'
  | 'stall'
  | 'heal'
  | 'slow'
  | 'refuse'
  | 'accept'
  | 'expire'
