// The books: which requests are under way, until when, on which connection, and what becomes of them when it breaks.

import { SocketError } from '../errors'
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
  readonly signal: AbortSignal | undefined
  /** The answer; or where it may come in parts, each of them. */
  readonly take: (data: unknown) => void
  readonly fail: (error: SocketError) => void
  /** Where it may come in parts: there are no more. */
  readonly done: (() => void) | undefined
  /** What the socket was when it was asked. */
  readonly state: SocketState
  /** Its signal was aborted. */
  handleEvent: (() => void) | undefined
  /** It is settled, or being answered, and does not go out any more. */
  isOver: boolean
  /** To the queue, the signal of its message. */
  veto: Veto | undefined
  receipt: Receipt | undefined
  /** Whose it was when it was sent. */
  identity: string | undefined
  /** What it was sent on, where another one is in use by now: the first of a rotation. */
  connection: HandshakeContext | undefined
}

export interface Books {
  /** @param message that of them all. @default that of the first */
  readonly ask: (entries: readonly Entry[], message?: unknown) => void
  /** Nobody wants the answer any more. */
  readonly leave: (entry: Entry, error: SocketError) => void
  readonly dispose: () => void
}

export function createBooks(socket: Socket<any, any>, { cancel, read }: Protocol<any, any>): Books {
  const { clock } = socket
  const pending = new Map<string, Entry>()
  const due = deadlines(clock, pending, (entry) => leave(entry, timedOut()))
  /** The connection that requests go out on, and the one that is to take over. */
  let current: HandshakeContext | undefined
  let second: HandshakeContext | undefined
  let isSweeping = false
  let isDisposed = false

  /** Takes it out. Says whether it was still there. */
  const settle = (entry: Entry) => {
    if (!pending.delete(entry.id)) return false
    entry.isOver = true
    entry.signal?.removeEventListener('abort', entry as never)
    due.remove()
    return true
  }
  const leave = (entry: Entry, error: SocketError) => {
    if (!settle(entry)) return
    takeBack(entry)
    entry.fail(error)
  }
  /** From the queue, or else from the server. */
  const takeBack = (entry: Entry) => {
    if (entry.veto?.aborted) entry.receipt?.cancel()
    if (!cancel || !isSent(entry)) return
    try {
      ;(entry.connection ?? current)?.send(cancel(entry.id))
    } catch {
      // It would have saved the server some work.
    }
  }

  const send = (message: unknown, entries: readonly Entry[], ttl: number) => {
    takeOver()
    const veto = new Veto(entries)
    const receipt = socket.send(message, { ttl, signal: veto as never, unchecked: true })
    for (const entry of entries) {
      // Somebody else may have signed in since it was sent first.
      const isForeign = entry.receipt && entry.identity !== socket.identity
      entry.receipt = receipt
      entry.identity = socket.identity
      entry.connection = undefined
      entry.veto = veto
      if (isForeign) leave(entry, lost())
      // Whoever was told of it may have aborted it.
      else if (entry.isOver) takeBack(entry)
    }
  }
  /** To what was sent on this connection, or on any, no answer will come. */
  const lose = (connection?: HandshakeContext) => {
    for (const entry of pending.values()) {
      if (!isSent(entry) || (connection && entry.connection !== connection)) continue
      if (entry.identity === socket.identity && entry.retries-- > 0)
        send(entry.message, [entry], Math.max(0, entry.dueAt - clock.now()))
      else leave(entry, lost())
    }
  }
  /** Since it is told before anything goes out on the second, what was sent until now was sent on the first. */
  const takeOver = () => {
    if (!second || second.signal.aborted) return
    const state = socket.state.get()
    if (state.status !== 'open' || state.rotating) return
    const first = current as HandshakeContext
    current = second
    second = undefined
    for (const entry of pending.values()) if (isSent(entry)) entry.connection ??= first
    if (first.signal.aborted) lose(first)
    // Where it ends with the second, its close is still to come.
    else first.signal.addEventListener('abort', () => socket.state.get().status === 'open' && lose(first))
  }
  const sweep = () => {
    isSweeping = false
    for (const entry of pending.values()) {
      if (entry.receipt?.status !== 'dropped' || !settle(entry)) continue
      entry.receipt.sent.catch((error) => entry.fail(error.code === 'EXPIRED' ? timedOut() : error))
    }
  }

  /** Enters it, unless it is over before it began. */
  const isWanted = (entry: Entry) => {
    const { signal, dueAt } = entry
    if (isDisposed || signal?.aborted) {
      entry.fail(signal?.aborted ? aborted(signal) : gone())
      return false
    }
    if (signal) {
      entry.handleEvent = () => leave(entry, aborted(signal))
      signal.addEventListener('abort', entry as never)
    }
    pending.set(entry.id, entry)
    due.add(dueAt, dueAt - entry.timeout)
    return true
  }
  /** Says whether it was an answer, whoever's. */
  const hear = ({ kind, id, data }: Reading, connection: HandshakeContext): boolean => {
    if (kind === 'request' || kind === 'notification' || kind === 'cancel') return false
    const entry = pending.get(typeof id === 'number' ? String(id) : (id as string))
    if (!entry) return true
    const { done, receipt } = entry
    if (kind === 'next' && done) {
      entry.retries = 0
      entry.dueAt = clock.now() + entry.timeout
      // It has arrived, whatever is known of its message.
      entry.isOver = true
      receipt?.cancel()
      entry.receipt = arrived
      entry.connection = connection
      entry.take(data)
      return true
    }
    settle(entry)
    // Its first part was wanted alone; or it was about to be sent again.
    if (kind === 'next' || receipt?.status === 'queued') takeBack(entry)
    if (kind === 'error')
      entry.fail(new SocketError('REQUEST_FAILED', 'The server refused: see cause.', { cause: data }))
    else {
      if (!done || kind === 'reply') entry.take(data)
      done?.()
    }
    return true
  }

  const offs = [
    socket.use({
      name: 'requests',
      handshake(connection) {
        // Two at once are those of a rotation.
        if (current && !current.signal.aborted) second = connection
        else current = connection
      },
      incoming(message, connection) {
        const found = read(message) as Reading | undefined
        if (Array.isArray(found)) return found.map((reading) => hear(reading, connection)).every(Boolean)
        return !!found && hear(found, connection)
      },
    }),
    socket.on('state', (state) => {
      takeOver()
      if (state.status !== 'closed' && state.status !== 'unauthorized') return
      for (const entry of pending.values())
        if (entry.state !== state) leave(entry, new SocketError('CLOSED', 'The socket is closed.'))
    }),
    socket.on('close', () => lose()),
    socket.on('drop', () => {
      if (isSweeping) return
      isSweeping = true
      // Later: what is told of may be what is just being sent, and there may be many.
      void Promise.resolve().then(sweep)
    }),
  ]

  return {
    ask(entries, message = entries[0]?.message) {
      const wanted = entries.filter(isWanted)
      if (wanted[0]) send(message, wanted, wanted[0].timeout)
    },
    leave,
    dispose() {
      isDisposed = true
      for (const off of offs) off()
      for (const entry of pending.values()) leave(entry, gone())
    },
  }
}

/** It may have left: whether it did is not known. */
const isSent = ({ receipt }: Entry) => receipt?.status === 'sent' || receipt?.status === 'confirmed'

/** Aborted once none of these is to go out: asked when their message comes back from a connection that broke. */
class Veto {
  readonly #entries: readonly Entry[]
  constructor(entries: readonly Entry[]) {
    this.#entries = entries
  }
  get aborted() {
    return this.#entries.every(({ isOver }) => isOver)
  }
  addEventListener() {}
  removeEventListener() {}
}
/** An answer says more than any receipt of its message. */
const arrived = { status: 'confirmed', cancel: () => false } as unknown as Receipt

const gone = () => new SocketError('ABORTED', 'It was disposed.')
const lost = () => new SocketError('REQUEST_LOST', 'The connection ended before the answer: see retry.')
const timedOut = () => new SocketError('REQUEST_TIMEOUT', 'No answer came in time: see timeout.')
const aborted = ({ reason }: AbortSignal) =>
  new SocketError('ABORTED', 'Its signal was aborted.', { cause: reason })
