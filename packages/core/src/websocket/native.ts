// The native class under a class of ours, as createSocket sees it.

import type { SocketOptions, WebSocketConstructor } from '../types'

/** What a transport is told beyond what createSocket tells it, as it is now. */
export interface Wire {
  binaryType: 'arraybuffer' | 'blob'
  /** The app closed without a code: then the frame carries none. */
  isBare?: boolean
  /** What the native class threw. */
  refusal?: unknown
}

/** The class that was given, or the global one. Nothing where that is one of ours, which would make another, and so on. */
export function nativeOf({ environment }: SocketOptions): WebSocketConstructor | undefined {
  const native = environment?.WebSocket ?? (globalThis.WebSocket as WebSocketConstructor | undefined)
  return 'hawser' in Object(native?.prototype) ? undefined : native
}

/** @param last what the constructor of ours was given as its third argument: headers and the like, for `ws` */
export const transportClass = (
  native: WebSocketConstructor,
  wire: Wire,
  last: { readonly headers?: object } | undefined,
): WebSocketConstructor =>
  class extends native {
    constructor(url: string, protocols: readonly string[], own?: { readonly headers: object }) {
      try {
        super(url, protocols, own ? { ...last, headers: { ...last?.headers, ...own.headers } } : last)
      } catch (error) {
        wire.refusal = error
        throw error
      }
      // createSocket sets the one of its options first.
      void Promise.resolve().then(() => {
        this.binaryType = wire.binaryType
      })
    }

    override close(code?: number, reason?: string): void {
      if (wire.isBare && code === 1000) super.close()
      else super.close(code, reason)
    }
  }
