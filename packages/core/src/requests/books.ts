// The books: which requests are under way, until when, on which connection, and what becomes of them when it breaks.

import { SocketError, type SocketErrorCode } from '../errors'
import type { HandshakeContext, Receipt, Socket, SocketState } from '../types'
import { deadlines } from './deadlines'
import type { Protocol, Reading } from './protocol'

/** One request that waits for its answer. */
export interface Entry {
  readonly id: string
  readonly message: unknown
  readonly timeout: number
  /** ms since the epoch. */
  dueAt: number
  /** How many times it may be sent again. */
  retries: number
  /** The answer may come in parts. */
  readonly isStream: boolean
  readonly signal: AbortSignal | undefined
  /** Detaches it from its signal. */
  off: (() => void) | undefined
  receipt: Receipt | undefined
  /** Whose it was when it was sent. */
  identity: string | undefined
  /** What it was sent on, where another one is in use by now: the first of a rotation. */
  connection: HandshakeContext | undefined
  readonly take: (data: unknown, kind: Reading['kind']) => void
  readonly fail: (error: SocketError) => void
}

export interface Books {
  readonly ask: (entry: Entry) => void
  /** The same for several, by one message. */
  readonly askAll: (entries: readonly Entry[], message: unknown) => void
  /** The server said something of a request. */
  readonly hear: (reading: Reading) => void
  /** Nobody wants the answer any more. */
  readonly leave: (entry: Entry, error: SocketError) => void
  /** A connection is made. */
  readonly greet: (connection: HandshakeContext) => void
  /** It is over. */
  readonly lose: (connection: HandshakeContext) => void
  readonly dispose: () => void
}

export function createBooks(socket: Socket<any, any>, { cancel }: Protocol<any, any>): Books {
  const { clock } = socket
  const pending = new Map<string, Entry>()
  const { add, remove } = deadlines(clock, pending, (entry) => leave(entry, timedOut()))
  /** The connection that requests go out on, and the one that is to take over. */
  let current: HandshakeContext | undefined
  let second: HandshakeContext | undefined
  let isDisposed = false

  /** Takes it out. Says whether it was still there. */
  const settle = (entry: Entry) => {
    const isPending = pending.delete(entry.id)
    if (isPending) remove()
    entry.off?.()
    return isPending
  }
  const leave = (entry: Entry, error: SocketError) => {
    if (!settle(entry)) return
    takeBack(entry)
    entry.fail(error)
  }
  /** From the queue, or else from the server. */
  const takeBack = (entry: Entry) => {
    if (entry.receipt?.cancel() || !cancel || !isSent(entry)) return
    try {
      ;(entry.connection ?? current)?.send(cancel(entry.id))
    } catch {
      // It would have saved the server some work.
    }
  }
  const leaveAll = (code: SocketErrorCode, why: string) => {
    for (const entry of pending.values()) leave(entry, new SocketError(code, why))
  }

  const send = (entry: Entry, ttl: number) =>
    sent(entry, socket.send(entry.message, { ttl, unchecked: true }))
  const sent = (entry: Entry, receipt: Receipt) => {
    // Somebody else may have signed in since it was sent first.
    const isForeign = entry.receipt && entry.identity !== socket.identity
    entry.receipt = receipt
    entry.identity = socket.identity
    entry.connection = undefined
    if (isForeign) leave(entry, lost())
    // Whoever was told of a drop may have aborted it.
    else if (!pending.has(entry.id)) receipt.cancel()
  }
  /** To what was sent on this connection, or on any, no answer will come. */
  const lose = (connection?: HandshakeContext) => {
    for (const entry of pending.values()) {
      if (!isSent(entry) || (connection && entry.connection !== connection)) continue
      if (entry.identity === socket.identity && entry.retries-- > 0)
        send(entry, Math.max(0, entry.dueAt - clock.now()))
      else if (settle(entry)) entry.fail(lost())
    }
  }
  /** Since it is told before anything goes out on the second, what was sent until now was sent on the first. */
  const takeOver = () => {
    if (!second || second.signal.aborted) return
    const first = current
    current = second
    second = undefined
    for (const entry of pending.values()) if (isSent(entry)) entry.connection ??= first
    if (first?.signal.aborted) lose(first)
  }
  const noteState = (state: SocketState) => {
    const { status } = state
    if (status === 'open' && !state.rotating) takeOver()
    if (status === 'closed' || status === 'unauthorized') leaveAll('CLOSED', 'The socket is closed.')
  }
  const sweep = () => {
    for (const entry of pending.values()) {
      const { receipt, signal } = entry
      if (receipt?.status === 'dropped' && settle(entry)) {
        receipt.sent.catch((error: SocketError) => {
          const isLate = error.code === 'EXPIRED'
          entry.fail(signal?.aborted ? aborted(signal) : isLate ? timedOut() : error)
        })
      }
    }
  }
  const offs = [
    socket.on('state', noteState),
    socket.on('close', () => lose()),
    // Later: what is told of may be what is just being sent.
    socket.on('drop', () => void Promise.resolve().then(sweep)),
  ]

  /** Enters it, unless it is over before it began. */
  const isWanted = (entry: Entry) => {
    const { signal } = entry
    const error = signal?.aborted ? aborted(signal) : isDisposed && new SocketError('ABORTED', gone)
    if (error) {
      entry.fail(error)
      return false
    }
    if (signal) {
      const abort = () => leave(entry, aborted(signal))
      signal.addEventListener('abort', abort)
      entry.off = () => signal.removeEventListener('abort', abort)
    }
    pending.set(entry.id, entry)
    add(entry.dueAt, entry.dueAt - entry.timeout)
    return true
  }

  return {
    ask(entry) {
      if (isWanted(entry)) send(entry, entry.timeout)
    },
    askAll(entries, message) {
      const asked = entries.filter(isWanted)
      const [first] = asked
      if (!first) return
      const receipt = socket.send(message, { ttl: first.timeout, unchecked: true })
      for (const entry of asked) sent(entry, receipt)
    },
    hear({ kind, id, data }) {
      const entry = pending.get(String(id))
      if (!entry) return
      if (kind === 'next' && entry.isStream) {
        entry.retries = 0
        entry.dueAt = clock.now() + entry.timeout
        entry.take(data, kind)
        return
      }
      settle(entry)
      // Its first part was wanted alone; or it was about to be sent again.
      if (kind === 'next' || entry.receipt?.status === 'queued') takeBack(entry)
      if (kind === 'error')
        entry.fail(new SocketError('REQUEST_FAILED', 'The server refused: see cause.', { cause: data }))
      else entry.take(data, kind)
    },
    leave,
    lose,
    greet(connection) {
      // Two at once are those of a rotation.
      if (current && !current.signal.aborted) second = connection
      else current = connection
    },
    dispose() {
      isDisposed = true
      for (const off of offs) off()
      leaveAll('ABORTED', gone)
    },
  }
}

/** It may have left: whether it did is not known. */
const isSent = ({ receipt }: Entry) => receipt?.status === 'sent' || receipt?.status === 'confirmed'

const gone = 'It was disposed.'
const lost = () => new SocketError('REQUEST_LOST', 'The connection ended before the answer: see retry.')
const timedOut = () => new SocketError('REQUEST_TIMEOUT', 'No answer came in time: see timeout.')
const aborted = ({ reason }: AbortSignal) =>
  new SocketError('ABORTED', 'Its signal was aborted.', { cause: reason })
