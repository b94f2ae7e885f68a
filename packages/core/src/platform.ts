// What the core uses of a platform, as interfaces: each part can be replaced.

/** What one frame carries, in either direction. */
export type WireData = string | ArrayBuffer | ArrayBufferView | Blob

/** The part of the platform's `WebSocket` that Hawser uses (WHATWG WebSockets, section 3). */
export interface WebSocketLike {
  readonly readyState: number
  readonly bufferedAmount: number
  readonly protocol: string
  binaryType: string
  onopen: ((event: any) => void) | null
  onmessage: ((event: any) => void) | null
  onerror: ((event: any) => void) | null
  onclose: ((event: any) => void) | null
  send(data: any): void
  close(code?: number, reason?: string): void
}

export type WebSocketConstructor = new (url: string, protocols?: any, options?: any) => WebSocketLike

/** Time as the socket sees it. Every duration is in milliseconds, `now()` since the Unix epoch. */
export interface Clock {
  now(): number
  setTimeout(fn: () => void, delay: number): unknown
  clearTimeout(timer: unknown): void
  /** Runs `fn` in a later task, as soon as possible: the one way to wait that hidden tabs do not throttle. */
  turn(fn: () => void): void
}

/** `change`: the machine went over to another kind of network. */
export type NetworkSignal = 'online' | 'offline' | 'change'

/** Whether the machine has a network, as far as the platform knows. */
export interface Network {
  /** `false` counts, `true` says little: it may be a network that leads nowhere. */
  readonly isOnline: () => boolean
  /** Calls `listener` at each change, until what it returns is called. */
  readonly subscribe: (listener: (signal: NetworkSignal) => void) => () => void
}

/**
 * What happens to a page. `freeze` and `resume`: it stands still, and runs again. `leave` and `return`: into the
 * back/forward cache and out of it.
 */
export type PageSignal = 'visible' | 'hidden' | 'focus' | 'freeze' | 'resume' | 'leave' | 'return'

/** The life of the page, or the app, that the socket belongs to. */
export interface Page {
  readonly isHidden: () => boolean
  /** Calls `listener` at each change, until what it returns is called. */
  readonly subscribe: (listener: (signal: PageSignal) => void) => () => void
}

/**
 * Pings of the protocol itself (RFC 6455 section 5.5.2), which browsers answer and never show. Tells what comes in on
 * this transport, and gives a function that sends a ping.
 */
export type ProtocolPings = (transport: any, told: (what: 'ping' | 'pong') => void) => () => void

/** Everything that the core takes from the platform. Each part can be replaced by the option `environment`. */
export interface Environment {
  /** The native class. @default `globalThis.WebSocket`, read at each attempt */
  readonly WebSocket: WebSocketConstructor | undefined
  readonly clock: Clock
  /** Uniform in [0, 1). */
  readonly random: () => number
  /** What relative URLs are resolved against. @default the document's base URL, or the worker's own, as it is at each attempt */
  readonly baseUrl: string | undefined
  /** Where an error goes that nobody listens for. */
  readonly reportError: (error: unknown) => void
  /** Kills a transport without a closing handshake. @default calls `transport.terminate()` where that exists (`ws`) */
  readonly terminate: (transport: WebSocketLike) => void
  /**
   * `false` where closing a transport that is still connecting does harm (Safari 15): it is then left alone and
   * closed once it has opened.
   * @default true
   */
  readonly closeWhileConnecting: boolean
  /**
   * Whether the class takes `{ headers }` as its third argument. Browsers, and Node's own class, do not.
   * @default true for a class that was given, and on React Native and Bun
   */
  readonly takesHeaders: boolean
  /**
   * Whether `bufferedAmount` still says in `close` what had not left (WHATWG WebSockets, section 3.2: it is not set back).
   * Else the last look before it counts.
   * @default true in browsers with their own class
   */
  readonly bufferOutlivesClose: boolean
  /** @default `online`, `offline` and `navigator.connection` of the page or worker, where it has them */
  readonly network: Network | undefined
  /** @default the document's visibility, focus, freezing and back/forward cache; none outside of pages */
  readonly page: Page | undefined
  /** What a heartbeat pings with, unless it was given a `ping`: `wsPings` for Node's `ws`. @default none: a message */
  readonly protocolPings: ProtocolPings | undefined
}
