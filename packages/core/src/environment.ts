// What the core takes from the platform. With signals.ts the only file of the core that names its globals; none is read at
// import.

import { platformNetwork, platformPage } from './signals'
import type { Clock, Environment } from './types'
import { callback, flag, type Kind, madeBy, text, validate, withDefaults } from './validate'

const kinds: { readonly [K in keyof Environment]-?: Kind } = {
  WebSocket: callback,
  clock: madeBy('turn', 'a Clock'),
  random: callback,
  baseUrl: text,
  reportError: callback,
  terminate: callback,
  closeWhileConnecting: flag,
  takesHeaders: flag,
  bufferOutlivesClose: flag,
  network: madeBy('isOnline subscribe', 'a Network'),
  page: madeBy('isHidden subscribe', 'a Page'),
  protocolPings: callback,
}

let platform: Environment | undefined

/** What the app gave, over the platform's own parts, which all sockets share. */
export function createEnvironment(given: Partial<Environment> = {}): Environment {
  validate('environment', given, kinds)
  platform ??= createPlatform()
  const own = { takesHeaders: true, bufferOutlivesClose: false }
  return withDefaults(given.WebSocket ? { ...own, ...given } : given, platform)
}

/** Globals are looked up at each use: they may be replaced later. */
const createPlatform = (): Environment => ({
  get WebSocket() {
    return globalThis.WebSocket as Environment['WebSocket']
  },
  clock: createClock(),
  random: () => Math.random(),
  // A page may change it: by its <base>, or by its history.
  get baseUrl() {
    return globalThis.document?.baseURI ?? globalThis.location?.href
  },
  reportError: (error) => (globalThis.reportError ?? console.error)(error),
  terminate: (transport) => (transport as { terminate?: () => void }).terminate?.(),
  closeWhileConnecting: true,
  takesHeaders: globalThis.navigator?.product === 'ReactNative' || 'Bun' in globalThis,
  // Browsers alone call themselves so.
  bufferOutlivesClose: /^Mozilla/.test(globalThis.navigator?.userAgent),
  network: platformNetwork(),
  page: platformPage(),
  protocolPings: undefined,
})

function createClock(): Clock {
  let turns: (() => void)[] = []
  let channel: MessageChannel | undefined
  return {
    now: () => Date.now(),
    setTimeout: (fn, delay) => setTimeout(fn, delay),
    clearTimeout: (timer) => clearTimeout(timer as never),
    turn(fn) {
      const { setImmediate, MessageChannel } = globalThis as {
        setImmediate?: (fn: () => void) => void
      } & typeof globalThis
      // Node has it, and a port that listens would keep Node alive.
      if (setImmediate) return setImmediate(fn)
      if (turns.push(fn) > 1) return
      if (!channel) {
        channel = new MessageChannel()
        channel.port1.onmessage = () => {
          const due = turns
          turns = []
          for (const turn of due) turn()
        }
      }
      channel.port2.postMessage(0)
    },
  }
}
