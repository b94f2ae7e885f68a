// One attempt and the connection that it leads to: what belongs to it, and ends with it.

import { SocketError } from './errors'
import type { Inbox } from './inbox'
import type {
  AuthRun,
  ConnectRequest,
  HandshakeContext,
  HeartbeatRun,
  RotationRun,
  TokenReason,
  WebSocketLike,
} from './types'

/** Milliseconds within which a page that was frozen hears what became of its connections. */
const thaw = 1_000

export class Life {
  over = false
  request: ConnectRequest | undefined
  transport: WebSocketLike | undefined
  heartbeat: HeartbeatRun | undefined
  renewal: AuthRun | undefined
  rotation: RotationRun | undefined
  /** Whether the token of the last rotation may have been refused, so that the next asks for a fresh one. */
  doubt: { isOpen: boolean /** ms since the epoch. */; readonly since: number } | undefined
  /** The page stands still, or did until now: the network took what was in the buffer, which does not show (ms since the epoch). */
  staleUntil = 0
  /** Takes what comes in until the listeners of `open` ran, for whoever receives in the handshake. */
  inbox: Inbox | undefined
  /** The connection as it is known to the extensions, where there are any. */
  context: HandshakeContext | undefined
  /** Made when somebody looks at its signal: it is larger than all the rest. */
  #abort: AbortController | undefined

  hear(signal: 'freeze' | 'resume', now: number): void {
    // Chromium ends the connections of a frozen page once it runs again, and delivers what was in their buffers all the same.
    if (signal === 'freeze') this.staleUntil = Infinity
    else if (this.staleUntil) this.staleUntil = now + thaw
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController()
    if (this.over) this.#abort.abort()
    return this.#abort.signal
  }

  /** Whether a decoded message was for whoever looks after the connection. */
  consumes(message: unknown): boolean {
    return !!(
      this.heartbeat?.receive(message) ||
      this.renewal?.receive(message) ||
      this.rotation?.receive(message)
    )
  }

  /** Nobody looks after it any more. What still comes in is understood as before. */
  rest(): void {
    this.heartbeat?.stop()
    this.renewal?.stop()
  }

  end(): void {
    this.over = true
    this.rotation?.stop()
    this.#abort?.abort(new SocketError('ABORTED', 'It is over.'))
    this.inbox?.close()
  }
}

/** The one in a rotation that is to take over. */
export class Second extends Life {
  /** Who waits for its acceptance, or to hear why it failed. */
  readonly ended: (error: SocketError | undefined) => void
  /** Why its token was asked for. */
  readonly reason: TokenReason
  /** The platform's handshake is done. */
  hasOpened = false
  /** So is ours. */
  isAccepted = false

  constructor(reason: TokenReason, ended: (error: SocketError | undefined) => void) {
    super()
    this.reason = reason
    this.ended = ended
  }
}
