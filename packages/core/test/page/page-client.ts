// What runs in the page: the socket, everything it tells, what happens to the page, and which listeners are attached.

import type { CloseInfo, Socket, SocketState } from '../../src/index'
import type { PageSocketOptions } from './chromium-page.ts'

declare global {
  interface Window {
    readonly Hawser: typeof import('../../src/index')
    client: PageClient
  }
}

/** With the time at which it was told (ms since the epoch). */
export type Logged<T> = T & { readonly at: number }

export interface PageClient {
  socket: Socket<unknown, unknown>
  create(url: string, options: PageSocketOptions): void
  send(messages: readonly string[]): void
  readonly seen: {
    readonly states: Logged<SocketState>[]
    readonly closes: Logged<CloseInfo>[]
    readonly events: Logged<{ readonly event: string }>[]
    readonly messages: unknown[]
    readonly errors: string[]
    readonly drops: string[]
    opens: number
  }
  listeners(): string[]
}

/** Runs before anything else in the page. It is sent there as text: nothing around it is known to it. */
export function setUpPage(): void {
  const { connection } = navigator as { connection?: EventTarget }
  const watched = new Map<EventTarget, string>([
    [window, 'window'],
    [document, 'document'],
  ])
  if (connection) watched.set(connection, 'connection')
  const attached = new Map<string, Set<unknown>>()
  const { addEventListener, removeEventListener } = EventTarget.prototype
  const count = (target: EventTarget, event: string) => {
    const name = `${watched.get(target ?? window)} ${event}`
    const listeners = attached.get(name) ?? new Set()
    attached.set(name, listeners)
    return listeners
  }

  const seen: PageClient['seen'] = {
    states: [],
    closes: [],
    events: [],
    messages: [],
    errors: [],
    drops: [],
    opens: 0,
  }
  const saw = (event: string) => seen.events.push({ at: Date.now(), event })
  const follow = (target: EventTarget, event: string, name: (event: Event) => string) =>
    addEventListener.call(target, event, (told) => saw(name(told)))
  for (const event of ['freeze', 'resume']) follow(document, event, () => event)
  for (const event of ['online', 'offline', 'focus']) follow(window, event, () => event)
  follow(document, 'visibilitychange', () => document.visibilityState)
  for (const event of ['pagehide', 'pageshow']) {
    follow(window, event, (told) =>
      (told as PageTransitionEvent).persisted ? `${event} of the cache` : event,
    )
  }

  EventTarget.prototype.addEventListener = function (...args: Parameters<typeof addEventListener>) {
    if (watched.has(this ?? window)) count(this, args[0]).add(args[1])
    addEventListener.apply(this, args)
  }
  EventTarget.prototype.removeEventListener = function (...args: Parameters<typeof removeEventListener>) {
    if (watched.has(this ?? window)) count(this, args[0]).delete(args[1])
    removeEventListener.apply(this, args)
  }

  const client: Omit<PageClient, 'socket'> & Partial<Pick<PageClient, 'socket'>> = {
    seen,
    create(url, { heartbeat, queue, retryDelay = 20, ...options }) {
      const { Hawser } = window
      const socket = Hawser.createSocket(url, {
        ...options,
        retryDelay: () => retryDelay,
        ...(heartbeat && { heartbeat: Hawser.heartbeat(heartbeat) }),
        ...(queue && { queue: Hawser.offlineQueue(queue) }),
      })
      socket.on('state', (state) => seen.states.push({ at: Date.now(), ...state }))
      socket.on('close', (close) => seen.closes.push({ at: Date.now(), ...close }))
      socket.on('message', (message) => seen.messages.push(message))
      socket.on('error', ({ code }) => seen.errors.push(code))
      socket.on('drop', ({ error }) => seen.drops.push(error.code))
      socket.on('open', () => {
        seen.opens += 1
      })
      client.socket = socket
    },
    send(messages) {
      for (const message of messages) client.socket?.send(message)
    },
    listeners: () =>
      [...attached]
        .filter(([, listeners]) => listeners.size)
        .map(([name]) => name)
        .sort(),
  }
  window.client = client as PageClient
}
