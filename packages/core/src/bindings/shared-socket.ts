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
import type { SendOptions } from '../types'
import type { AnySocket, Given } from './given'
import { newestOptions } from './newest-options'
import { isSameTarget, isServer, type Target } from './target'

/** Milliseconds after which a socket is dropped that was made in a render of which nothing came. */
const unheldLife = 30_000
/** Milliseconds that a tree has to ask again for the first open. */
const askAgain = 1_000
/** Milliseconds that a socket outlives its last holder: a tree that is mounted anew goes on with it. */
const grace = 100

const shared = /* @__PURE__ */ new Set<SharedSocket>()

/** The socket for a target that is there already, or a new one. Connects nothing: for calls in a render. */
export function shareSocket(target: Target | undefined, given: Given): SharedSocket {
  const found = find(target)
  found?.rendered(given)
  return found ?? new SharedSocket(target, given)
}

function find(target: Target | undefined): SharedSocket | undefined {
  if (!target) return undefined
  for (const one of shared) {
    const { url, identity, WebSocket } = one.target as Target
    if (url === target.url && identity === target.identity && WebSocket === target.WebSocket) return one
  }
  return undefined
}

export class SharedSocket {
  target: Target | undefined
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
  /** Who may have sent what waits for a first URL. */
  readonly #senders = new Set<string | undefined>()
  /** How many of the holders want it connected. */
  #enabled = 0
  /** What a tree that nobody has mounted yet waits for. */
  #waiting: Promise<void> | undefined
  #dropTimer: unknown
  #isDropped = false

  constructor(target: Target | undefined, given: Given) {
    this.target = target
    this.#first = this.#rendered = { ...given }
    this.#senders.add(given.options?.identity)
    if (target && !isServer()) {
      this.#dropAfter(unheldLife)
      shared.add(this)
    }
  }

  /** Another render asked for it. */
  rendered(given: Given): void {
    if (!this.#given.size) this.#rendered = { ...given }
  }

  /**
   * The one to hold for `target`: this one, unless it is another target's, or one was made for it meanwhile. What waited
   * for a first target goes with this one to it, unless it was sent as somebody else.
   */
  for(target: Target | undefined, given: Given): SharedSocket {
    const own = this.target
    const wanted = own && (!target || isSameTarget(own, target)) ? own : target
    const other = find(wanted)
    if (other) return other
    if (wanted && !this.#mayServe(wanted)) return new SharedSocket(wanted, given)
    if (wanted) {
      this.target = wanted
      shared.add(this)
    }
    return this
  }

  /** As another identity nothing is sent that may wait in it. */
  #mayServe(target: Target): boolean {
    if (this.target) return target === this.target
    return [...this.#senders].every((sender) => sender === undefined || sender === target.identity)
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
      if (!this.#given.size && (this.#socket || this.target)) this.#dropAfter(grace)
    }
    try {
      if (enabled) {
        disconnect = this.socket.retain()
        this.#enabled++
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

  #newest(): Given {
    return [...this.#given].at(-1) ?? this.#rendered
  }

  #create(): AnySocket {
    const { options } = this.#first
    // Always a function: a URL that no WebSocket takes then shows as state, and a relative one is fine on a server.
    const socket = createSocket(
      (context) => {
        const { url } = this.#newest()
        const known = typeof url === 'function' ? url : this.target?.url
        if (known === undefined) throw new SocketError('INVALID_OPTION', 'useSocket(null) has no URL yet.')
        return typeof known === 'function' ? known(context) : known
      },
      newestOptions(options, () => this.#newest().options),
    )
    const send = socket.send.bind(socket)
    const opened = socket.opened.bind(socket)
    return Object.assign(socket, {
      // After the end nothing waits for who may never come back.
      send: (message: unknown, options?: SendOptions) => {
        if (!this.target) this.#senders.add(this.#newest().options?.identity)
        const receipt = send(message as never, options)
        if (this.#isDropped) socket.queue.clear()
        return receipt
      },
      // A tree that waits for the first open before it is mounted would wait for ever.
      opened: ({ signal }: NonNullable<Parameters<AnySocket['opened']>[0]> = {}) => {
        const isShared = shared.has(this)
        const isWanted = !signal?.aborted && this.#newest().options?.enabled !== false
        if (isShared && isWanted && !this.#enabled) socket.connect()
        if (isShared && !this.#given.size && socket.state.get().status !== 'open') {
          this.#waiting ??= this.#wait(opened())
          return orAborted(this.#waiting, signal)
        }
        return opened(signal && { signal })
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
    opening.then(resolve, reject).finally(() => end(unheldLife))
    return promise
  }

  #keep(): void {
    if (this.#dropTimer !== undefined) this.#clock.clearTimeout(this.#dropTimer)
    this.#dropTimer = undefined
  }

  #dropAfter(delay: number): void {
    this.#keep()
    this.#dropTimer = this.#clock.setTimeout(() => this.drop(), delay)
  }

  /** Ends what nobody holds. For who has gone over to another socket: it will not come back within the grace. */
  drop(): void {
    if (this.#given.size) return
    this.#keep()
    this.#isDropped = true
    shared.delete(this)
    void this.#socket?.close()
    this.#socket?.queue.clear()
  }

  get #clock() {
    return createEnvironment(this.#first.options?.environment).clock
  }
}
