// A network and a page that the test plays, for `environment`: who listens to them is counted.
import type { Network, NetworkSignal, Page, PageSignal } from '../../../src'

/** Calls whoever listens, and keeps everybody who ever did: they may be called too late. */
function teller<Signal>() {
  const listeners: ((signal: Signal) => void)[] = []
  const past: typeof listeners = []
  return {
    listeners,
    past,
    subscribe(listener: (signal: Signal) => void) {
      listeners.push(listener)
      past.push(listener)
      return () => void listeners.splice(listeners.indexOf(listener), 1)
    },
    tell(...signals: Signal[]) {
      for (const signal of signals) for (const listener of [...listeners]) listener(signal)
    },
  }
}

/** `goes` and `turns` change what can be asked, too, before they tell of it. */
export function surroundings() {
  const network = { isOnline: true, ...teller<NetworkSignal>() }
  const page = { isHidden: false, ...teller<PageSignal>() }
  return {
    network,
    page,
    environment: {
      network: { isOnline: () => network.isOnline, subscribe: network.subscribe } satisfies Network,
      page: { isHidden: () => page.isHidden, subscribe: page.subscribe } satisfies Page,
    },
    goes(signal: 'online' | 'offline') {
      network.isOnline = signal === 'online'
      network.tell(signal)
    },
    turns(signal: 'visible' | 'hidden') {
      page.isHidden = signal === 'hidden'
      page.tell(signal)
    },
    subscriptions: () => network.listeners.length + page.listeners.length,
  }
}
