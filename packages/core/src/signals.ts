// What the platform tells of its network and its page: one set of native listeners, however many sockets listen.

import type { Network, NetworkSignal, Page, PageSignal } from './types'

type Sources<S> = (
  tell: (signal: S) => void,
) => [target: EventTarget, event: string, handler: (event: any) => void][]

/** Attaches with the first listener, and takes everything away with the last. */
function hub<S>(sources: Sources<S>): (listener: (signal: S) => void) => () => void {
  const listeners = new Set<(signal: S) => void>()
  const tell = (signal: S) => {
    for (const listener of [...listeners]) if (listeners.has(listener)) listener(signal)
  }
  let attached: ReturnType<Sources<S>> = []
  return (listener) => {
    listeners.add(listener)
    if (!attached.length) {
      attached = sources(tell)
      for (const [target, event, handler] of attached) target.addEventListener(event, handler)
    }
    return () => {
      if (!listeners.delete(listener) || listeners.size) return
      for (const [target, event, handler] of attached) target.removeEventListener(event, handler)
      attached = []
    }
  }
}

/** Of a page or a worker. Node and React Native have no such events. */
export function platformNetwork(): Network | undefined {
  const { navigator, addEventListener } = globalThis as Partial<typeof globalThis>
  if (!navigator || !addEventListener) return undefined
  return {
    isOnline: () => navigator.onLine !== false,
    subscribe: hub<NetworkSignal>((tell) => {
      const { connection } = navigator as { connection?: EventTarget & { readonly type?: string } }
      let type = connection?.type
      return [
        [globalThis, 'online', () => tell('online')],
        [globalThis, 'offline', () => tell('offline')],
        ...(connection
          ? [
              [
                connection,
                'change',
                () => {
                  // It is told of every new estimate of the speed, too.
                  if (connection.type !== type) tell('change')
                  type = connection.type
                },
              ] as ReturnType<Sources<NetworkSignal>>[0],
            ]
          : []),
      ]
    }),
  }
}

/** Of a document. There is no listener for `unload`: it would keep pages out of the back/forward cache. */
export function platformPage(): Page | undefined {
  const { document } = globalThis as Partial<typeof globalThis>
  if (!document?.addEventListener) return undefined
  return {
    isHidden: () => document.hidden,
    subscribe: hub<PageSignal>((tell) => {
      const cached = (signal: PageSignal) => (event: PageTransitionEvent) => event.persisted && tell(signal)
      return [
        [document, 'visibilitychange', () => tell(document.hidden ? 'hidden' : 'visible')],
        [document, 'freeze', () => tell('freeze')],
        [document, 'resume', () => tell('resume')],
        [globalThis, 'focus', () => tell('focus')],
        [globalThis, 'pagehide', cached('leave')],
        [globalThis, 'pageshow', cached('return')],
      ]
    }),
  }
}
