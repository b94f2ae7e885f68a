// The client's end of an in-memory connection: behaves as a browser's WebSocket does, with no network under it.

import type { WebSocketLike } from '../types'

/** A frame as it was when it was sent: binary is a copy, whatever kind it came as. */
export type MemoryFrame = string | Uint8Array<ArrayBuffer> | Blob

/** What the other end does with what the client asks for. */
export interface MemoryPeer {
  readonly send: (frame: MemoryFrame) => void
  readonly close: (code: number | undefined, reason: string) => void
  readonly terminate?: () => void
}

const handlers = ['onopen', 'onmessage', 'onerror', 'onclose'] as const

/**
 * A client as `memoryServer()` makes it. It throws what a `WebSocket` throws; its events are plain objects with the
 * fields of the real ones and reach the `on…` handlers alone, for it has no `addEventListener`. When `close` fires,
 * `bufferedAmount` reads 0, as in `ws`, Node and Deno.
 */
export class MemorySocket implements WebSocketLike {
  static readonly CONNECTING = 0
  static readonly OPEN = 1
  static readonly CLOSING = 2
  static readonly CLOSED = 3
  readonly CONNECTING = 0
  readonly OPEN = 1
  readonly CLOSING = 2
  readonly CLOSED = 3

  readonly url: string
  readonly extensions = ''
  readyState = 0
  bufferedAmount = 0
  protocol = ''
  binaryType = 'blob'
  onopen: WebSocketLike['onopen'] = null
  onmessage: WebSocketLike['onmessage'] = null
  onerror: WebSocketLike['onerror'] = null
  onclose: WebSocketLike['onclose'] = null
  /** Ends the connection without a handshake, as in `ws`; missing unless the server was made with `terminable`. */
  declare readonly terminate?: () => void

  readonly #peer: MemoryPeer

  constructor(
    url: string | URL,
    protocols: readonly string[],
    connect: (socket: MemorySocket) => MemoryPeer,
  ) {
    this.url = checkUrl(url)
    checkProtocols(protocols)
    this.#peer = connect(this)
    if (this.#peer.terminate) this.terminate = this.#peer.terminate
  }

  send(data: unknown): void {
    if (this.readyState === this.CONNECTING)
      throw new DOMException('Still in CONNECTING state', 'InvalidStateError')
    const frame = copyFrame(data)
    // What is sent too late goes nowhere and still counts (WHATWG WebSockets, `send()`).
    if (this.readyState === this.OPEN) this.#peer.send(frame)
    else this.bufferedAmount += frameSize(frame)
  }

  close(code?: number, reason = ''): void {
    if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999)) {
      throw new DOMException(`The code must be 1000 or 3000 to 4999, not ${code}`, 'InvalidAccessError')
    }
    if (frameSize(reason) > 123) throw new DOMException('The reason is longer than 123 bytes', 'SyntaxError')
    if (this.readyState < this.CLOSING) this.#peer.close(code, reason)
  }

  /** How many handlers are attached. */
  get handlers(): number {
    return handlers.filter((name) => this[name] !== null).length
  }

  /** For the server's end: lets an event happen here. */
  fire(type: 'open' | 'message' | 'error' | 'close', fields: object = {}): void {
    this[`on${type}`]?.({ type, target: this, ...fields })
  }
}

/** Bytes on the wire, as `bufferedAmount` counts them. */
export function frameSize(frame: MemoryFrame): number {
  if (typeof frame === 'string') return new TextEncoder().encode(frame).byteLength
  return frame instanceof Blob ? frame.size : frame.byteLength
}

/** The platform takes a frame as it is at `send()`: what the caller changes later does not change it. */
export function copyFrame(data: unknown): MemoryFrame {
  if (data instanceof ArrayBuffer) return new Uint8Array(data.slice(0))
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice()
  return data instanceof Blob ? data : String(data)
}

function checkUrl(url: string | URL): string {
  try {
    const { protocol, hash, href } = new URL(url)
    if (/^(ws|http)s?:$/.test(protocol) && !hash) return href.replace(/^http/, 'ws')
  } catch {
    // Said below, as a WebSocket says it.
  }
  throw new DOMException(`${url} is no address of a WebSocket`, 'SyntaxError')
}

/** Tokens of RFC 7230, each once (RFC 6455 section 4.1). */
function checkProtocols(protocols: readonly string[]): void {
  const wrong = protocols.find(
    (name, index) => !/^[\w!#$%&'*+.^`|~-]+$/.test(name) || protocols.indexOf(name) < index,
  )
  if (wrong !== undefined)
    throw new DOMException(`The subprotocol '${wrong}' is no token, or there twice`, 'SyntaxError')
}
