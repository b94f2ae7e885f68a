// What the benchmark asks of each client: the same few calls, mapped one to one, with the client's own defaults.

import type { MemorySocket } from '../memory-socket'

export interface Contender {
  /** Which port of the server it speaks with. */
  readonly speaks: 'ws' | 'socket.io' | 'centrifuge' | 'signalr'
  /** Messages sent before the connection is open wait for it. */
  readonly queues: boolean
  /** It connects again after a break. */
  readonly reconnects: boolean
  /** What differs from the defaults, or from what the others do. */
  readonly note?: string
  /** Starts to connect. */
  connect(wanted: Wanted): Client
  /** How a text from the server looks on the wire; as it is when missing. */
  readonly frame?: (text: string) => string
  /** A socket in memory whose server says what this client waits for; `MemorySocket` when missing. */
  readonly memory?: typeof MemorySocket
}

export interface Wanted {
  readonly url: string
  readonly WebSocket: typeof WebSocket
  readonly onOpen: () => void
  readonly onMessage: (data: string) => void
  /**
   * Says `offline`, `online` and `focus` to clients that take such a thing, where there is no window that does. Missing
   * in pages, and where no such event comes.
   */
  readonly events?: EventTarget | undefined
}

export interface Client {
  send(data: string): void
  close(): void
}
