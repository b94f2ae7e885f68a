// The server's end of one in-memory connection: what the test makes happen to one client, and what came from it.

import type { Clock } from '../types'
import { copyFrame, frameSize, type MemoryFrame, type MemoryPeer, type MemorySocket } from './memory-socket'

/**
 * What becomes of a client that connects.
 *
 * - `accept`: it opens.
 * - `refuse`: `error`, then `close` with 1006, as in browsers and `ws`.
 * - `ignore`: it stays CONNECTING until the test says `accept()` or `refuse()`, or for ever.
 * - `error-alone`: `error` and never a `close`, as with Node 20's own WebSocket.
 * - `close-alone`: `close` with 1006 and no `error` before it.
 */
export type MemoryMode = 'accept' | 'refuse' | 'ignore' | 'error-alone' | 'close-alone'

/** How the server's end of each connection behaves. */
export interface MemoryBehaviour {
  /**
   * Everything that reaches a client does so in a turn of this clock, so it waits for `clock.advance(0)`.
   * @default none: in a microtask
   */
  readonly clock?: Pick<Clock, 'turn'>
  /**
   * `'manual'`: what a client sends stays in its `bufferedAmount` until the test calls `drain()`.
   * @default 'drains-at-once'
   */
  readonly buffered?: 'drains-at-once' | 'manual'
  /** Chooses one of the offered subprotocols. A client that offered some fails without one. @default the first */
  readonly selectProtocol?: (offered: readonly string[]) => string | undefined
  /** `true`: a client's close is not answered until the test calls `answerClose()`. @default false */
  readonly holdClose?: boolean
  /** `true`: clients have `terminate()`, as in `ws`. @default false */
  readonly terminable?: boolean
  /** `true`: frames reach a client after its own `close()` too, as in `ws`. Browsers drop them. @default false */
  readonly lateFrames?: boolean
  /** Runs when a client was accepted. What it sends reaches the client in the same task as `open`. */
  readonly onOpen?: (connection: MemoryConnection) => void
  /** Runs at each frame that arrives: the place for answers. */
  readonly onMessage?: (frame: MemoryFrame, connection: MemoryConnection) => void
}

/** What happened, in the order of the wire: a client's frames stand where they arrived, the server's where they left. */
export type MemoryLogEntry = { readonly connection: number } & MemoryEvent

export type MemoryEvent =
  | { readonly from: 'client'; readonly type: 'connect' | 'terminate' }
  | { readonly from: 'server'; readonly type: 'accept' | 'refuse' | 'die' }
  | { readonly from: 'client' | 'server'; readonly type: 'message'; readonly data: MemoryFrame }
  | {
      readonly from: 'client' | 'server'
      readonly type: 'close'
      readonly code: number
      readonly reason: string
    }

/** What one client asked for when it connected. */
export interface MemoryRequest {
  readonly protocols: readonly string[]
  readonly headers: Readonly<Record<string, string>>
}

/** A frame, or the client's close behind its frames, on its way to the server. */
interface Outgoing {
  readonly arrive: () => void
  /** Bytes that still count in `bufferedAmount`. */
  left: number
}

export class MemoryConnection {
  /** 0 for the server's first client, and so on. */
  readonly index: number
  readonly url: string
  readonly protocols: readonly string[]
  /** Taken from the third argument of the constructor, as in `ws`. */
  readonly headers: Readonly<Record<string, string>>
  /** The client's end, to look at. */
  readonly client: MemorySocket
  /** Every frame that the client sent while it was open, arrived or not. */
  readonly sent: MemoryFrame[] = []
  /** Every frame that arrived here. */
  readonly received: MemoryFrame[] = []

  readonly #behaviour: MemoryBehaviour
  readonly #note: (event: MemoryEvent) => void
  /** In the client's buffer. */
  readonly #buffer: Outgoing[] = []
  /** Left the client's buffer and did not arrive: only while stalled. */
  readonly #inFlight: Outgoing[] = []
  /** On the way to the client. */
  readonly #inbound: Array<() => void> = []
  readonly #waiting: Array<(frame: MemoryFrame) => void> = []
  #taken = 0
  #stalled = false
  #clientClose: { readonly code: number; readonly reason: string } | undefined

  constructor(
    index: number,
    client: MemorySocket,
    { protocols, headers }: MemoryRequest,
    behaviour: MemoryBehaviour,
    note: (entry: MemoryLogEntry) => void,
  ) {
    this.index = index
    this.client = client
    this.url = client.url
    this.protocols = protocols
    this.headers = headers
    this.#behaviour = behaviour
    this.#note = (event) => note({ connection: index, ...event })
    this.#note({ from: 'client', type: 'connect' })
  }

  // -------------------------------------------------------------- the handshake

  /** Opens the client, if it is still connecting. Fails it when it offered subprotocols and none of them was chosen. */
  accept(): void {
    this.#task(() => {
      const { client, protocols } = this
      if (client.readyState !== client.CONNECTING) return
      const { selectProtocol = (offered) => offered[0], onOpen } = this.#behaviour
      const protocol = selectProtocol(protocols)
      if (protocol === undefined ? protocols.length > 0 : !protocols.includes(protocol)) return this.#refuse()
      this.#note({ from: 'server', type: 'accept' })
      client.readyState = client.OPEN
      client.protocol = protocol ?? ''
      onOpen?.(this)
      client.fire('open')
      // What the server said with its acceptance is in the same packet.
      while (this.#inbound.length > 0 && !this.#stalled) this.#arriveAtClient()
    })
  }

  /** Fails the client with `error` and `close`, if it is still connecting. */
  refuse(): void {
    this.#task(() => this.#refuse())
  }

  // -------------------------------------------------------------- frames

  /** Sends a frame to the client. It is lost where the client is not open when it arrives. */
  send(data: string | ArrayBuffer | ArrayBufferView<ArrayBuffer> | Blob): void {
    const { client } = this
    const frame = copyFrame(data)
    this.#note({ from: 'server', type: 'message', data: frame })
    this.#toClient(() => {
      const hears =
        client.readyState === client.OPEN ||
        (this.#behaviour.lateFrames && client.readyState === client.CLOSING)
      if (hears) client.fire('message', { data: asMessageData(frame, client.binaryType) })
    })
  }

  /** The next frame that arrived and was not asked for yet: one after the other, in order. */
  next(): Promise<MemoryFrame> {
    const frame = this.received[this.#taken]
    this.#taken += 1
    return frame === undefined
      ? new Promise((resolve) => this.#waiting.push(resolve))
      : Promise.resolve(frame)
  }

  /**
   * Moves bytes out of the client's `bufferedAmount`; a frame arrives when its last byte has left. While stalled they
   * go no further than into the network.
   *
   * @param bytes @default all
   */
  drain(bytes = Infinity): void {
    for (let rest = bytes; ; ) {
      const head = this.#buffer[0]
      if (!head) break
      const taken = Math.min(head.left, rest)
      rest -= taken
      head.left -= taken
      this.client.bufferedAmount -= taken
      if (head.left > 0) break
      this.#buffer.shift()
      this.#inFlight.push(head)
    }
    while (!this.#stalled && this.#inFlight.length > 0) this.#inFlight.shift()?.arrive()
  }

  // -------------------------------------------------------------- the end

  /**
   * Closes with a closing handshake. Throws a `TypeError` for a code that no server may send (RFC 6455 section 7.4).
   *
   * @param code @default none: the client sees 1005
   */
  close(code?: number, reason = ''): void {
    const allowed = code === undefined || (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code))
    if (!allowed && !(code >= 3000 && code <= 4999))
      throw new TypeError(`A server can't close with code ${code}`)
    this.#note({ from: 'server', type: 'close', code: code ?? 1005, reason })
    this.#toClient(() => this.#end(code ?? 1005, reason, true))
  }

  /** The code and reason with which the client asked to close, once that arrived; 1005 where it gave none. */
  get clientClose(): { readonly code: number; readonly reason: string } | undefined {
    return this.#clientClose
  }

  /** Answers the client's close. Does nothing before that arrived. */
  answerClose(): void {
    const close = this.#clientClose
    if (close) this.#toClient(() => this.#end(close.code, close.reason, true))
  }

  /**
   * The connection breaks: `close` with 1006, also through a stall. What a stall or a buffer holds is lost.
   *
   * @param options.error `true`: `error` fires first, as for a reset in Firefox and WebKit. @default false
   */
  die({ error = false }: { readonly error?: boolean } = {}): void {
    this.#note({ from: 'server', type: 'die' })
    this.#task(() => this.#end(1006, '', false, error))
  }

  /** Fires a bare `error` that ends nothing. */
  error(): void {
    const { client } = this
    this.#toClient(() => {
      if (client.readyState === client.OPEN) client.fire('error')
    })
  }

  /** Half-open from now on: the client can send, its `bufferedAmount` grows, and nothing arrives on either side. */
  stall(): void {
    this.#stalled = true
  }

  /** Lets go what the stall held back. */
  heal(): void {
    this.#stalled = false
    for (const _ of this.#inbound) this.#task(() => this.#arriveAtClient())
    this.#flush()
  }

  // -------------------------------------------------------------- inside

  /** For the client's end: what it calls. */
  peer(): MemoryPeer {
    return {
      send: (frame) => {
        this.sent.push(frame)
        this.#fromClient(frameSize(frame), () => this.#receive(frame))
      },
      close: (code = 1005, reason) => {
        const { client } = this
        const connecting = client.readyState === client.CONNECTING
        client.readyState = client.CLOSING
        if (connecting) return this.#task(() => this.#end(1006, '', false, true))
        // Behind all that was sent: where frames wait for `drain()`, so does it.
        this.#fromClient(0, () => {
          this.#clientClose = { code, reason }
          this.#note({ from: 'client', type: 'close', code, reason })
          if (!this.#behaviour.holdClose) this.answerClose()
        })
      },
      ...(this.#behaviour.terminable && { terminate: () => this.#terminate() }),
    }
  }

  /** For the server: decides about a client that connects. */
  meet(mode: MemoryMode): void {
    if (mode === 'accept') this.accept()
    if (mode === 'refuse') this.refuse()
    if (mode === 'close-alone') this.#task(() => this.#end(1006, '', false))
    if (mode === 'error-alone') this.#task(() => this.client.fire('error'))
  }

  #refuse(): void {
    if (this.client.readyState !== this.client.CONNECTING) return
    this.#note({ from: 'server', type: 'refuse' })
    this.#end(1006, '', false, true)
  }

  #fromClient(bytes: number, arrive: () => void): void {
    this.client.bufferedAmount += bytes
    this.#buffer.push({ arrive, left: bytes })
    if (!this.#stalled) this.#flush()
  }

  #flush(): void {
    this.drain(this.#behaviour.buffered === 'manual' ? 0 : Infinity)
  }

  #receive(frame: MemoryFrame): void {
    this.#note({ from: 'client', type: 'message', data: frame })
    this.received.push(frame)
    this.#waiting.shift()?.(frame)
    this.#behaviour.onMessage?.(frame, this)
  }

  #toClient(happen: () => void): void {
    this.#inbound.push(happen)
    this.#task(() => this.#arriveAtClient())
  }

  #arriveAtClient(): void {
    if (!this.#stalled) this.#inbound.shift()?.()
  }

  #terminate(): void {
    const { client } = this
    if (client.readyState === client.CLOSED) return
    const connecting = client.readyState === client.CONNECTING
    client.readyState = client.CLOSING
    this.#note({ from: 'client', type: 'terminate' })
    this.#task(() => this.#end(1006, '', false, connecting))
  }

  #end(code: number, reason: string, wasClean: boolean, error = false): void {
    const { client } = this
    if (client.readyState === client.CLOSED) return
    this.#buffer.length = 0
    this.#inFlight.length = 0
    client.readyState = client.CLOSED
    client.bufferedAmount = 0
    if (error) client.fire('error')
    client.fire('close', { code, reason, wasClean })
  }

  #task(run: () => void): void {
    const { clock } = this.#behaviour
    if (clock) clock.turn(run)
    else queueMicrotask(run)
  }
}

function asMessageData(frame: MemoryFrame, binaryType: string): string | ArrayBuffer | Blob {
  if (typeof frame === 'string' || frame instanceof Blob) return frame
  return binaryType === 'blob' ? new Blob([frame]) : frame.slice().buffer
}
