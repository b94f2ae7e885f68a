// The sockets that components make by URL: one for all that want the same, for as long as one of them is there.
//
//    made in a render ──hold──► held ──last release──► unheld ──hold within the grace──► held
//          │                                              │
//          └── nobody held it for 30 s ──► dropped ◄── grace, or at once where its holder went over to another
//
// Who waits for its opening before anything is mounted keeps it connected, for 30 s at a time.
//
// A dropped socket is closed, what waits in it, or is sent to it later, is dropped with CLEARED, and the next one who asks
// gets another. What was dropped and is held again, as by a tree that was hidden for long, counts again.

import { deferred, orAborted } from '../deferred'
import { createEnvironment } from '../environment'
import { createSocket, SocketError } from '../index'
import type { InspectEvent, SendOptions } from '../types'
import { lastErrors } from './fields'
import type { AnySocket, Given } from './given'
import { newestOptions } from './newest-options'
import { isEnabled, isKept, isServer, isShared, type Target, targetOf } from './target'

/** Milliseconds after which a socket is dropped that was made in a render of which nothing came. */
const unheldLife = 30_000
/** Milliseconds that a tree has to ask again for the first open. */
const askAgain = 1_000
/** Milliseconds that a socket outlives its last holder: a tree that is mounted anew goes on with it. */
const grace = 100

const shared = /* @__PURE__ */ new Set<SharedSocket>()

/** The socket for what is given: one that is there already, or a new one. Connects nothing: for calls in a render. */
export function shareSocket(given: Given): SharedSocket {
  const target = targetOf(given)
  const found = find(target)
  found?.rendered(given)
  return found ?? new SharedSocket(target, given)
}

const find = (target: Target) =>
  target.url === undefined ? undefined : [...shared].find((one) => isShared(one.target, target))

export class SharedSocket {
  target: Target
  /** Made when it is first read, which on a server is never. */
  get socket(): AnySocket {
    try {
      this.#socket ??= this.#create()
    } catch (error) {
      // Whoever has mended the wrong option asks for another one.
      this.drop()
      throw error
    }
    return this.#socket
  }

  #socket: AnySocket | undefined
  readonly #first: Given
  /** What counts while nobody holds it. */
  #rendered: Given
  /** Whose holders gave last is the newest. */
  readonly #given = new Set<Given>()
  /** How many of the holders want it connected. */
  #enabled = 0
  /** Keeps it connected for who waits for its opening before that. */
  #early: (() => void) | undefined
  /** What a tree that nobody has mounted yet waits for. */
  #waiting: Promise<void> | undefined
  /** Resolved: it was open once. */
  #wasOpen: Promise<void> | undefined
  #dropTimer: unknown
  #isDropped = false

  constructor(target: Target, given: Given) {
    this.target = target
    this.#first = this.#rendered = { ...given }
    if (target.url !== undefined && !isServer()) {
      this.#dropAfter(unheldLife)
      shared.add(this)
    }
  }

  /** Another render asked for it. */
  rendered(given: Given): void {
    if (!this.#given.size) this.#rendered = { ...given }
    if (!isEnabled(given)) this.#endEarly()
  }

  /** The one to go on with for who has this one, unless something else is given now. For calls in a render. */
  for(given: Given): SharedSocket {
    return isKept(this.target, targetOf(given)) ? this : shareSocket(given)
  }

  /** The same once mounted: what waited for a first URL goes with this one to it, unless another was made for it. */
  next(given: Given): SharedSocket {
    const now = this.for(given)
    if (now !== this) return now
    if (this.target.url === undefined) this.target = targetOf(given)
    const other = find(this.target)
    if (!other && this.target.url !== undefined) shared.add(this)
    return other ?? this
  }

  /** Keeps the socket until the release, and connected while `enabled`. */
  hold(given: Given, enabled: boolean): () => void {
    this.#keep()
    this.#isDropped = false
    this.#given.add(given)
    let isHeld = true
    let disconnect: (() => void) | undefined
    const release = () => {
      if (!isHeld) return
      isHeld = false
      if (disconnect) {
        disconnect()
        this.#enabled--
      }
      this.#given.delete(given)
      // Nothing is to be dropped of a component that only looked for the provided socket.
      if (!this.#given.size && (this.#socket || this.target.url !== undefined)) this.#dropAfter(grace)
    }
    try {
      if (enabled) {
        disconnect = this.socket.retain()
        this.#enabled++
        this.#endEarly()
      }
    } catch (error) {
      release()
      throw error
    }
    return release
  }

  /** Of all holders, this one's functions are the ones that are called from now on. */
  prefer(given: Given): void {
    if (this.#given.delete(given)) this.#given.add(given)
  }

  /** Its holder went over to another, and will not come back. Whoever is updated together with it may still take it. */
  leave(): void {
    if (this.#socket) this.#clock.turn(() => this.#waiting ?? this.drop())
  }

  /** Ends what nobody holds. */
  drop(): void {
    if (this.#given.size) return
    this.#keep()
    this.#isDropped = true
    shared.delete(this)
    this.#early = undefined
    void this.#socket?.close()
    this.#socket?.queue.clear()
  }

  #newest(): Given {
    return [...this.#given].at(-1) ?? this.#rendered
  }

  #create(): AnySocket {
    let lastError: SocketError | undefined
    const { inspect, ...options } = newestOptions(this.#first.options, () => this.#newest().options)
    const socket = createSocket(
      // Always a function: a URL that no WebSocket takes then shows as state, and a relative one is fine on a server.
      (context) => {
        const { url } = this.#newest()
        const known = typeof url === 'function' ? url : this.target.url
        if (known === undefined) throw new SocketError('INVALID_OPTION', 'useSocket(null) has no URL yet.')
        return typeof known === 'function' ? known(context) : known
      },
      {
        ...options,
        inspect: (event: InspectEvent) => {
          if (event.type === 'error') lastError = event.error
          if (event.type === 'open') lastError = undefined
          return inspect?.(event)
        },
      },
    )
    lastErrors.set(socket, () => lastError)
    const send = socket.send.bind(socket)
    const opened = socket.opened.bind(socket)
    return Object.assign(socket, {
      // After the end nothing waits for who may never come back.
      send: (message: unknown, options?: SendOptions) => {
        const receipt = send(message as never, options)
        if (this.#isDropped) socket.queue.clear()
        return receipt
      },
      // A tree that waits for the first open before it is mounted would wait for ever.
      opened: ({ signal }: NonNullable<Parameters<AnySocket['opened']>[0]> = {}) => {
        const isHeld = this.#given.size > 0
        // A page that was shown stays, whatever becomes of the connection.
        if (isHeld && this.#wasOpen) return orAborted(this.#wasOpen, signal)
        const state = socket.state.get()
        const isOver =
          state.status === 'unauthorized' || (state.status === 'closed' && state.cause.origin !== 'user')
        if (shared.has(this) && !isOver) {
          if (!signal?.aborted && !this.#enabled && isEnabled(this.#newest())) this.#early ??= socket.retain()
          if (!isHeld && socket.state.get().status !== 'open') {
            this.#waiting ??= this.#wait(opened())
            return orAborted(this.#waiting, signal)
          }
        }
        const opening = opened()
        opening.then(
          () => {
            this.#wasOpen = opening
          },
          () => {},
        )
        return orAborted(opening, signal)
      },
    })
  }

  /**
   * React does not say that it gave up a tree which was never mounted, but renders one that waits again when what it waits
   * for settles. So that settles in time, and who does not ask again has gone.
   */
  #wait(opening: Promise<void>): Promise<void> {
    const { promise, resolve, reject } = deferred()
    const end = (delay: number) => {
      this.#waiting = undefined
      if (!this.#given.size && shared.has(this)) this.#dropAfter(delay)
    }
    this.#keep()
    this.#dropTimer = this.#clock.setTimeout(() => {
      resolve()
      end(askAgain)
    }, unheldLife)
    opening.then(
      () => {
        resolve()
        end(unheldLife)
      },
      (error) => {
        reject(error)
        end(askAgain)
      },
    )
    return promise
  }

  #endEarly(): void {
    this.#early?.()
    this.#early = undefined
  }

  #keep(): void {
    if (this.#dropTimer !== undefined) this.#clock.clearTimeout(this.#dropTimer)
    this.#dropTimer = undefined
  }

  #dropAfter(delay: number): void {
    this.#keep()
    this.#dropTimer = this.#clock.setTimeout(() => this.drop(), delay)
  }

  get #clock() {
    return createEnvironment(this.#first.options?.environment).clock
  }
}
