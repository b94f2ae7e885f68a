// Classes that pass for the platform's WebSocket (WHATWG WebSockets, section 3), with a socket of Hawser underneath.

import { createEnvironment } from '../environment'
import { SocketError } from '../errors'
import { createSocket, offlineQueue, type raw } from '../index'
import type {
  CloseInfo,
  OfflineQueue,
  Provider,
  Socket,
  SocketOptions,
  WebSocketConstructor,
  WebSocketLike,
} from '../types'
import { resolveProtocols, resolveUrl } from '../url'
import { byteLength, isBinary } from '../wire-data'
import { closeEvent, handlerAttribute, inherit, Target } from './events'
import { type TransportClass, transportOf, type Wire } from './native'

/** The options of createSocket, as far as a class can have them, and how long its sockets live. */
export interface WebSocketOptions extends Omit<SocketOptions<typeof raw>, 'codec' | 'protocols'> {
  /**
   * `false`: a socket is one connection and ends with it, for libraries that reconnect by themselves. `send()` throws
   * before it is open; the queue only paces.
   * @default true
   */
  readonly reconnect?: boolean
  /**
   * What waits, and for how long; `false` drops it. Nobody looks at what `send()` did, so there is much room.
   * @default offlineQueue({ maxMessages: 100_000, maxBytes: 67_108_864 }); with `reconnect: false` without limits
   */
  readonly queue?: OfflineQueue | false
  /** What sockets begin with; `binaryType` of each can be set at any time. @default 'blob' */
  readonly binaryType?: 'arraybuffer' | 'blob'
}

/**
 * As in `ws`: without an argument once the message was handed over, with a `SocketError` when it was dropped; with
 * `reconnect: false` also when the connection ended before it could go.
 */
export type SendCallback = (error?: SocketError) => void

type Data = Parameters<WebSocket['send']>[0]

/**
 * A `WebSocket` that looks after itself. Where it reconnects:
 *
 * - `readyState` is CONNECTING while it tries and while it waits to try again, and CLOSED at the end for good: after
 *   `close()`, `retries`, or a code that says so.
 * - `open` comes on each open, `close` with the true code for each connection or attempt that ended, with an `error`
 *   before it where it failed.
 * - What is sent while it is not open waits in Hawser's queue; `bufferedAmount` counts it, and what comes after `close()` as
 *   well, until it is open again.
 *
 * `close()` gives what was sent before it up to 30 s to leave, and then `closeTimeout` to the server's answer. Its `close`
 * event is the last. Events are dispatched by us: `isTrusted` is false, and promises settle after all listeners were called,
 * not between them. There is no `ping()` and no `terminate()`.
 */
export interface HawserWebSocket extends WebSocket {
  /** The socket underneath: its state, queue, latency, errors and drops. */
  readonly hawser: Socket<string | ArrayBuffer | Blob, string | ArrayBuffer | ArrayBufferView | Blob>
  /**
   * Sends a string, a Blob, a buffer or a view; anything else as a string.
   *
   * @param options those of `ws`, which are not looked at
   * @param callback may also stand second
   * @throws {DOMException} `InvalidStateError` in CONNECTING, with `reconnect: false`
   */
  send(data: Data, callback?: SendCallback): void
  send(data: Data, options: object | undefined, callback?: SendCallback): void
}

/** A class that can stand wherever the platform's `WebSocket` does, as `globalThis.WebSocket` too. */
export interface HawserWebSocketClass {
  /**
   * Connects at once.
   *
   * @param url as the platform takes it, or a function that gives it at each attempt: then `url` is `''` until it is known
   * @param protocols as the platform takes them, or a function that gives them at each attempt
   * @param options handed on to the native class as its third argument: headers and the like, for `ws`
   * @throws {DOMException} `SyntaxError` for a URL or protocols that no WebSocket takes
   * @throws what the native class does: in browsers `SecurityError` for `ws:` in a page of `https:`
   * @throws {SocketError} `NO_WEBSOCKET` without a native class; `INSECURE_TOKEN` for `auth` over `ws:` to a host that is
   *   not loopback
   */
  new (
    url: string | URL | Provider<string | URL>,
    protocols?: string | Iterable<string> | Provider<string | readonly string[]>,
    options?: unknown,
  ): HawserWebSocket
  readonly prototype: HawserWebSocket
  readonly CONNECTING: 0
  readonly OPEN: 1
  readonly CLOSING: 2
  readonly CLOSED: 3
}

const connecting = 0
const open = 1
const closing = 2
const closed = 3
/** Milliseconds that `close()` gives what was sent before it to leave: a stalled connection has no end of its own. */
const drain = 30_000

/**
 * Makes a class that can be handed to whatever takes a `WebSocket`. It stands on `environment.WebSocket`, or on the
 * global one that is there now, and stays on it when it is itself installed as the global one. It will not stand on a
 * class of its own kind.
 *
 * @throws {SocketError} `INVALID_OPTION` for a wrong option
 * @example
 * const client = createClient({ url, webSocketImpl: hawserWebSocket({ reconnect: false, heartbeat: heartbeat() }) })
 */
export function hawserWebSocket(options: WebSocketOptions = {}): HawserWebSocketClass {
  inherit()
  const { reconnect, ...rest } = options
  // Says which option is wrong, before there is a socket.
  createSocket(() => '', rest)
  return makeClass(options, transportOf(options))
}

function makeClass(
  { reconnect = true, binaryType = 'blob', ...options }: WebSocketOptions,
  Transport?: TransportClass,
): HawserWebSocketClass {
  class HawserWebSocket extends Target {
    readonly #socket: Socket<string | ArrayBuffer | Blob, any>
    readonly #wire: Wire = { binaryType }
    #url = ''
    #origin = ''
    #protocol = ''
    #extensions = ''
    #discarded = 0
    /** What `close()` does at once is told in a later task. */
    #held: Event[] | undefined

    static {
      const { prototype } = HawserWebSocket
      for (const type of ['open', 'message', 'error', 'close'])
        Object.defineProperty(prototype, `on${type}`, handlerAttribute(type))
      for (const [value, name] of ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'].entries())
        for (const owner of [HawserWebSocket, prototype])
          Object.defineProperty(owner, name, { value, enumerable: true })
    }

    constructor(url: unknown, ...[protocols = [], last]: [unknown?, { readonly headers?: object }?]) {
      super()
      // biome-ignore lint/complexity/noArguments: an undefined URL is one.
      if (!arguments.length) throw new TypeError('Give a URL.')
      Transport ??= transportOf(options)
      if (!Transport)
        throw new SocketError('NO_WEBSOCKET', 'There is no WebSocket: give one as environment.WebSocket.')
      const { takesHeaders, bufferOutlivesClose, baseUrl } = createEnvironment(options.environment)
      const isProvider = typeof url === 'function'
      const learn = (given: unknown) => {
        this.#url = resolveUrl(given, baseUrl)
        this.#origin = new URL(this.#url).origin
        return this.#url
      }
      let known: any = protocols
      try {
        if (!isProvider) learn(`${url}`)
        if (typeof protocols !== 'function') known = resolveProtocols(listOf(protocols))
      } catch (error) {
        throw new DOMException((error as Error).message, 'SyntaxError')
      }
      const wire = this.#wire
      this.#socket = createSocket<typeof raw>(
        isProvider
          ? async (context) => {
              const given = await url(context)
              // Too late: another attempt may have been told another by now.
              return context.signal.aborted ? '' : learn(given)
            }
          : this.#url,
        {
          ...options,
          ...(!reconnect && { retries: 0 }),
          queue:
            options.queue ??
            offlineQueue({
              maxMessages: reconnect ? 100_000 : Infinity,
              maxBytes: reconnect ? 67_108_864 : Infinity,
            }),
          binaryType,
          protocols: known,
          environment: {
            ...options.environment,
            WebSocket: Transport.bind(null, wire, last) as WebSocketConstructor,
            takesHeaders,
            bufferOutlivesClose,
          },
        },
      )
      const socket = this.#socket
      socket.on('open', ({ protocol }) => {
        this.#discarded = 0
        this.#protocol = protocol
        this.#extensions = (socket.transport as WebSocket | undefined)?.extensions ?? ''
        this.#tell(new Event('open'))
      })
      socket.on('message', (data) => this.#tell(new MessageEvent('message', { data, origin: this.#origin })))
      const off = socket.on('close', (close) => {
        if (!reconnect) {
          // For another identity it would go on.
          off()
          void socket.close()
          this.#discarded += socket.queue.get().bytes
          socket.queue.clear()
        }
        this.#end(close)
      })
      socket.connect()
      const { refusal } = wire
      if (refusal) {
        void socket.close()
        throw refusal
      }
    }

    static override get name() {
      return 'WebSocket'
    }

    get [Symbol.toStringTag]() {
      return 'WebSocket'
    }

    get hawser() {
      return this.#socket
    }

    get url() {
      return this.#url
    }

    get protocol() {
      return this.#protocol
    }

    get extensions() {
      return this.#extensions
    }

    /** Classes that extend it may have another `readyState`. */
    get #readyState(): number {
      const { state, transport } = this.#socket
      const { status } = state.get()
      if (status === 'open') return reconnect ? open : (transport as WebSocketLike).readyState
      if (status === 'closed' || status === 'unauthorized') return this.#held ? closing : closed
      return status === 'closing' ? closing : connecting
    }

    get readyState() {
      return this.#readyState
    }

    get bufferedAmount() {
      const { queue, transport } = this.#socket
      return queue.get().bytes + (transport?.bufferedAmount ?? 0) + this.#discarded
    }

    get binaryType() {
      return this.#wire.binaryType
    }

    set binaryType(given) {
      const type: string = `${given}`
      if (type !== 'blob' && type !== 'arraybuffer') return
      this.#wire.binaryType = type
      for (const transport of [this.#socket.transport, this.#wire.newest])
        if (transport) transport.binaryType = type
    }

    send(data: unknown, ...[options, callback]: unknown[]) {
      // biome-ignore lint/complexity/noArguments: undefined is sent as text.
      if (!arguments.length) throw new TypeError('Give a message.')
      const frame = isBinary(data) ? data : `${data}`
      const readyState = this.#readyState
      const done = (typeof options === 'function' ? options : callback) as SendCallback | undefined
      if (!reconnect && readyState === connecting)
        throw new DOMException('Wait for open.', 'InvalidStateError')
      const receipt = readyState > open ? undefined : this.#socket.send(frame)
      if (!receipt) this.#discarded += byteLength(frame)
      if (done) (receipt ? receipt.sent : Promise.reject(ended())).then(() => done(), done)
    }

    close(...[code, reason]: unknown[]) {
      const given = code === undefined ? 1000 : Math.round(+(code as number))
      const words = reason === undefined ? '' : `${reason}`
      if (given !== 1000 && !(given >= 3000 && given <= 4999))
        throw new DOMException(`code must be 1000, or 3000 to 4999; got ${code}.`, 'InvalidAccessError')
      if (byteLength(words) > 123) throw new DOMException('reason must be 123 bytes or less.', 'SyntaxError')
      if (this.#readyState > open) return
      this.#wire.isBare = code === undefined && !words
      const socket = this.#socket
      this.#held ??= []
      void socket.close(given, words, { drain: this.bufferedAmount && drain })
      socket.clock.turn(() => {
        const state = socket.state.get()
        // A wait has no close of its own.
        if (this.#held?.length === 0 && state.status === 'closed') this.#end(state.cause)
        const held = this.#held
        this.#held = undefined
        for (const event of held ?? []) this.dispatchEvent(event)
      })
    }

    #end(close: CloseInfo) {
      // A goodbye that nobody answers is no failure; what is over within `close()` was not open.
      if (!close.wasClean && (close.origin !== 'user' || this.#readyState === closing))
        this.#tell(new Event('error'))
      this.#tell(closeEvent(close))
    }

    #tell(event: Event) {
      if (this.#held) this.#held.push(event)
      else this.dispatchEvent(event)
    }
  }
  return HawserWebSocket as unknown as HawserWebSocketClass
}

/** The class with the defaults. It stands on the global `WebSocket` that is there when it is first used. */
export const ReconnectingWebSocket: HawserWebSocketClass = /* @__PURE__ */ makeClass({})

/** Strings, and lists of strings (Web IDL: what can be iterated is a sequence). */
function listOf(given: any): string[] {
  const isList = typeof given === 'object' && given?.[Symbol.iterator]
  return Array.from(isList ? given : [given], (name) => `${name}`)
}

const ended = () => new SocketError('CLOSED', 'The socket is closed.')
