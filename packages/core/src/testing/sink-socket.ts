// The cheapest socket there can be, for benchmarks: what a client costs over it is the client's own cost.

import type { WebSocketConstructor, WebSocketLike } from '../types'

type EventName = 'open' | 'message' | 'error' | 'close'
type Handler = (event: object) => void

export interface SinkSocket extends WebSocketLike {
  readyState: number
  /** Stays what it is set to. @default 0 */
  bufferedAmount: number
  /** How many frames were sent. They are counted, not kept. */
  readonly sent: number
  /** Opens it, at once. */
  open(): void
  /** Hands an event to the `message` handler and listeners, at once. The same event may be used again and again. */
  receive(event: { readonly data: unknown }): void
}

/**
 * Makes a `WebSocket` class with no server: `send` counts, events happen when you say so, and nothing is checked,
 * copied or recorded. Tests of behaviour want `memoryServer()`.
 *
 * @example
 * const sink = sinkSocket()
 * const socket = createSocket('ws://sink.test', { environment: { WebSocket: sink.WebSocket } })
 * socket.connect()
 * sink.latest.open()
 * const event = new MessageEvent('message', { data: 'hi' })
 * for (let n = 0; n < 1_000_000; n += 1) sink.latest.receive(event)
 */
export function sinkSocket(): { readonly WebSocket: WebSocketConstructor; readonly latest: SinkSocket } {
  let latest: SinkSocket | undefined

  class WebSocket implements SinkSocket {
    static readonly CONNECTING = 0
    static readonly OPEN = 1
    static readonly CLOSING = 2
    static readonly CLOSED = 3
    readonly url: string
    readonly extensions = ''
    readonly protocol = ''
    readyState = 0
    bufferedAmount = 0
    binaryType = 'blob'
    sent = 0
    onopen: WebSocketLike['onopen'] = null
    onmessage: WebSocketLike['onmessage'] = null
    onerror: WebSocketLike['onerror'] = null
    onclose: WebSocketLike['onclose'] = null
    readonly #listeners: Record<EventName, Handler[]> = { open: [], message: [], error: [], close: [] }

    constructor(url: string) {
      this.url = url
      latest = this
    }

    send(): void {
      this.sent += 1
    }

    close(code = 1005, reason = ''): void {
      if (this.readyState === 3) return
      this.readyState = 3
      const event = { type: 'close', code, reason, wasClean: true }
      this.onclose?.(event)
      for (const listener of this.#listeners.close) listener(event)
    }

    addEventListener(type: EventName, listener: Handler): void {
      this.#listeners[type].push(listener)
    }

    removeEventListener(type: EventName, listener: Handler): void {
      this.#listeners[type] = this.#listeners[type].filter((one) => one !== listener)
    }

    open(): void {
      this.readyState = 1
      const event = { type: 'open' }
      this.onopen?.(event)
      for (const listener of this.#listeners.open) listener(event)
    }

    receive(event: { readonly data: unknown }): void {
      this.onmessage?.(event)
      for (const listener of this.#listeners.message) listener(event)
    }
  }

  return {
    WebSocket,
    get latest() {
      if (!latest) throw new Error('No socket was made of this class')
      return latest
    },
  }
}
