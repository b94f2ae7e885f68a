// The native class under a class of ours, as createSocket sees it.

import type { SocketOptions, WebSocketConstructor, WebSocketLike } from '../types'

/** What a transport is told beyond what createSocket tells it, as it is now. */
export interface Wire {
  binaryType: 'arraybuffer' | 'blob'
  /** The app closed without a code: then the frame carries none. */
  isBare?: boolean
  /** What the native class threw. */
  refusal?: unknown
  /** In a rotation not the one in use. */
  newest?: WebSocketLike
}

/** As createSocket calls it once the first two are bound. `last`: what the constructor of ours was given as its third. */
export type TransportClass = new (
  wire: Wire,
  last: { readonly headers?: object } | undefined,
  url: string,
  protocols: readonly string[],
  own?: { readonly headers: object },
) => WebSocketLike

/**
 * The class that was given, or the global one, as a transport. Nothing where that is one of ours, which would make another,
 * and so on.
 */
export function transportOf({ environment }: SocketOptions): TransportClass | undefined {
  const native = environment?.WebSocket ?? (globalThis.WebSocket as WebSocketConstructor | undefined)
  if (!native || 'hawser' in Object(native.prototype)) return
  return class extends native {
    readonly #wire: Wire

    constructor(...[wire, last, url, protocols, own]: ConstructorParameters<TransportClass>) {
      try {
        super(url, protocols, own ? { ...last, headers: { ...last?.headers, ...own.headers } } : last)
      } catch (error) {
        wire.refusal = error
        throw error
      }
      this.#wire = wire
      wire.newest = this
      // createSocket sets the one of its options first.
      void Promise.resolve().then(() => {
        this.binaryType = wire.binaryType
      })
    }

    override close(code?: number, reason?: string): void {
      if (this.#wire.isBare && code === 1000) super.close()
      else super.close(code, reason)
    }
  }
}
