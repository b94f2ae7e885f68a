// The sockets that components make by URL: one for all that want the same, for as long as one of them is there.
//
//    made in a render ──hold──► held ──last release──► unheld ──hold within the grace──► held
//          │                                              │
//          └── nobody held it for 30 s ──► dropped ◄── grace, or at once where its holder went over to another
//
// A dropped socket is closed, what waits in it is dropped with CLEARED, and the next one who asks gets another. What was
// dropped and is held again, as by a tree that was hidden for long, counts again.

import { createEnvironment } from '../environment'
import { createSocket, SocketError } from '../index'
import type { Provider, WebSocketConstructor } from '../types'
import { resolveUrl } from '../url'
import type { AnySocket, Given } from './given'
import { newestOptions } from './newest-options'

/** What makes two sockets the same. */
export interface Target {
  readonly url: string | Provider<string | URL>
  readonly identity: string | undefined
  readonly WebSocket: WebSocketConstructor | undefined
}

/** Milliseconds after which a socket is dropped that was made in a render of which nothing came. */
const unheldLife = 30_000
/** Milliseconds that a socket outlives its last holder: a tree that is mounted anew goes on with it. */
const grace = 100

const shared = /* @__PURE__ */ new Set<SharedSocket>()

/** Servers render for many people, and never connect. */
const isServer = () => typeof window === 'undefined'

/** @returns `undefined` where there is nothing to connect to yet */
export function targetOf({ url, options }: Given): Target | undefined {
  if (url === null || url === undefined) return undefined
  return {
    url: typeof url === 'function' ? url : absolute(url),
    identity: options?.identity,
    WebSocket: options?.environment?.WebSocket,
  }
}

function absolute(url: string | URL): string {
  try {
    return resolveUrl(url, isServer() ? undefined : window.location?.href)
  } catch {
    // What no WebSocket takes is told by the socket, as state.
    return String(url)
  }
}

/** Whether a component that gave the one and gives the other means the same: its functions are new at each render. */
export function isSameTarget(one: Target, other: Target | undefined): boolean {
  return (
    one.identity === other?.identity &&
    (one.url === other?.url || (typeof one.url === 'function' && typeof other?.url === 'function'))
  )
}

/** The socket for a target that is there already, or a new one. Connects nothing: for calls in a render. */
export function shareSocket(target: Target | undefined, given: Given): SharedSocket {
  return find(target) ?? new SharedSocket(target, given)
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
    this.#socket ??= this.#create()
    return this.#socket
  }

  #socket: AnySocket | undefined
  readonly #first: Given
  /** Whose holders gave last is the newest. */
  readonly #given = new Set<Given>()
  #dropTimer: unknown

  constructor(target: Target | undefined, given: Given) {
    this.target = target
    this.#first = { ...given }
    if (target && !isServer()) {
      shared.add(this)
      this.#dropAfter(unheldLife)
    }
  }

  /**
   * The one to hold for `target`: this one, unless it is another target's, or one was made for it meanwhile. What waited
   * for a first target goes with this one to it.
   */
  for(target: Target | undefined, given: Given): SharedSocket {
    const own = this.target
    const wanted = own && (!target || isSameTarget(own, target)) ? own : target
    const other = find(wanted)
    if (other) return other
    if (own && wanted !== own) return new SharedSocket(wanted, given)
    if (wanted) {
      this.target = wanted
      shared.add(this)
    }
    return this
  }

  /** Keeps the socket until the release, and connected while `enabled`. */
  hold(given: Given, enabled: boolean): () => void {
    this.#keep()
    this.#given.add(given)
    const release = enabled ? this.socket.retain() : undefined
    return () => {
      release?.()
      this.#given.delete(given)
      if (!this.#given.size && (this.#socket || this.target)) this.#dropAfter(grace)
    }
  }

  /** Of all holders, this one's functions are the ones that are called from now on. */
  prefer(given: Given): void {
    if (this.#given.delete(given)) this.#given.add(given)
  }

  #newest(): Given {
    return [...this.#given].at(-1) ?? this.#first
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
    // A tree that waits for the first open before it is mounted holds nothing yet, and would wait for ever.
    const opened = socket.opened.bind(socket)
    return Object.assign(socket, {
      opened: (options?: Parameters<AnySocket['opened']>[0]) => {
        const isWanted = options?.signal?.aborted !== true && this.#first.options?.enabled !== false
        if (!this.#given.size && shared.has(this) && isWanted) socket.connect()
        return opened(options)
      },
    })
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
    shared.delete(this)
    void this.#socket?.close()
    this.#socket?.queue.clear()
  }

  get #clock() {
    return createEnvironment(this.#first.options?.environment).clock
  }
}
