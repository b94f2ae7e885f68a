// A WebSocket with no network behind it: counts what is sent, and is fed by hand. The least that all contenders accept.

type Listener = (event: unknown) => void
type EventName = 'open' | 'message' | 'error' | 'close'

export class MemorySocket {
  static readonly CONNECTING = 0
  static readonly OPEN = 1
  static readonly CLOSING = 2
  static readonly CLOSED = 3
  readonly CONNECTING = 0
  readonly OPEN = 1
  readonly CLOSING = 2
  readonly CLOSED = 3

  readonly url: string
  readonly protocol = ''
  readonly extensions = ''
  readyState = 0
  bufferedAmount = 0
  binaryType = 'blob'
  sent = 0
  sentLength = 0

  // One slot for each event, since no contender adds more than one listener: `on…` and addEventListener then cost the
  // same, in time and in memory.
  private open: Listener | null = null
  private message: Listener | null = null
  private error: Listener | null = null
  private close_: Listener | null = null

  constructor(url: string | URL) {
    this.url = String(url)
  }

  send(data: string): void {
    this.sent++
    this.sentLength += data.length
  }

  close(): void {
    this.readyState = 3
  }

  /** What a transport does with each frame that comes in. */
  deliver(event: unknown): void {
    this.message?.(event)
  }

  /** The connection is made. */
  accept(): void {
    this.readyState = 1
    this.open?.(new Event('open'))
  }

  addEventListener(type: EventName, listener: Listener): void {
    const slot = type === 'close' ? 'close_' : type
    const before = this[slot]
    if (before) {
      this[slot] = (event) => {
        before(event)
        listener(event)
      }
    } else this[slot] = listener
  }

  removeEventListener(type: EventName, listener: Listener): void {
    const slot = type === 'close' ? 'close_' : type
    if (this[slot] === listener) this[slot] = null
  }

  get onopen() {
    return this.open
  }
  set onopen(listener: Listener | null) {
    this.open = listener
  }
  get onmessage() {
    return this.message
  }
  set onmessage(listener: Listener | null) {
    this.message = listener
  }
  get onerror() {
    return this.error
  }
  set onerror(listener: Listener | null) {
    this.error = listener
  }
  get onclose() {
    return this.close_
  }
  set onclose(listener: Listener | null) {
    this.close_ = listener
  }
}

/** A class whose sockets are noted in `made`, in the place of the platform's WebSocket. */
export function memorySockets(made: MemorySocket[], Base = MemorySocket): typeof WebSocket {
  class Recorded extends Base {
    constructor(url: string | URL) {
      super(url)
      made.push(this)
    }
  }
  return Recorded as unknown as typeof WebSocket
}
