// What somebody did to the server, the network or the tab, and what to look for then.

import type { Faults } from '../../protocol'

export type Deed =
  | 'kill'
  | 'restart'
  | 'stall'
  | 'heal'
  | 'refuse'
  | 'accept'
  | 'slow'
  | 'fast'
  | 'reset'
  | 'close'
  | 'expire'
  | 'freeze'

export const whole: Faults = { killed: false, stalled: false, rate: null, latency: 0, refusing: false }

/** What must have been done, for `before` to become `after`. */
export function deedsBetween(before: Faults, after: Faults): readonly Deed[] {
  const deeds: Deed[] = []
  const turned = (name: 'killed' | 'stalled' | 'refusing', on: Deed, off: Deed) => {
    if (before[name] !== after[name]) deeds.push(after[name] ? on : off)
  }
  turned('killed', 'kill', 'restart')
  turned('stalled', 'stall', 'heal')
  turned('refusing', 'refuse', 'accept')
  if (before.rate !== after.rate || before.latency !== after.latency) {
    deeds.push(after.rate === null && after.latency === 0 ? 'fast' : 'slow')
  }
  return deeds
}

export interface Guide {
  readonly title: string
  readonly text: string
}

/**
 * What each deed did, and where to look.
 *
 * @param deed missing: nothing was done yet
 * @param circumstances.code with which the connections were closed
 * @param circumstances.isRefusing whether tokens are refused at that time
 * @param circumstances.isStalled whether the network is stalled at that time
 */
export function guideTo(
  deed?: Deed,
  { code = 1012, isRefusing = false, isStalled = false }: Circumstances = {},
): Guide {
  if (deed === 'close') return closed[code] as Guide
  if (deed === 'expire' && isRefusing) return refusedAtOnce
  if (deed === 'reset' && isStalled) return resetInStall
  return guides[deed ?? 'none']
}

interface Circumstances {
  readonly code?: number | undefined
  readonly isRefusing?: boolean
  readonly isStalled?: boolean
}

const refusedAtOnce: Guide = {
  title: 'All tokens have expired',
  text: 'And fresh ones are refused as well: the Hawser lanes try one and then stop as Refused, while the other one goes on trying, every few seconds. Watch Attempts. Then press “Accept tokens”.',
}

const resetInStall: Guide = {
  title: 'All connections were reset',
  text: 'What the network held is gone with them, and nothing new passes yet. Press “Heal the network”, and compare Lost.',
}

/** What there is to say when the page's own server is gone, which no button does. */
export const alone: Guide = {
  title: 'The page has lost its own server',
  text: 'Start it again with npm start, then reload the page.',
}

const guides: { readonly [D in Exclude<Deed, 'close'> | 'none']: Guide } = {
  none: {
    title: 'A first experiment',
    text: 'Press “Stall the network”, wait ten seconds, press “Reset connections” and “Heal the network”. Compare Lost: the Hawser lanes notice and keep their notes, the other one sends into nothing.',
  },
  kill: {
    title: 'The server is gone',
    text: 'Each lane keeps what it sends: watch Waiting. The Hawser lanes say when they try again. Now press “Restart the server”.',
  },
  restart: {
    title: 'The server is back',
    text: 'What waited arrives, once and in order. The Hawser lanes wait up to 12 s, spread by chance, so that a thousand pages do not come at once; “Try now” cuts it short.',
  },
  stall: {
    title: 'Nothing passes any more',
    text: 'No connection ended, so nobody is told. The Hawser lanes miss a pong within 5 s and keep what they send. After ten seconds press “Reset connections” and “Heal the network”.',
  },
  heal: {
    title: 'The network is whole',
    text: 'What was held passes on, unless its connection ended meanwhile. The Hawser lanes connect anew and hand over what waited. A second experiment: “Kill the server”.',
  },
  refuse: {
    title: 'Tokens are refused from now on',
    text: 'Open connections stay. Press “Expire tokens” to end them: the Hawser lanes ask for one fresh token and then stop as Refused, while the other one goes on trying, every few seconds. Watch Attempts.',
  },
  accept: {
    title: 'Tokens are accepted again',
    text: 'A lane that was refused does not try by itself: press “Connect” in it.',
  },
  slow: {
    title: 'The network is slow',
    text: 'Watch Round trip and Under way. What is slow is not dead: only where nothing at all is heard for 3 s after a ping do the Hawser lanes try another connection.',
  },
  fast: {
    title: 'The network is as fast as can be',
    text: 'Round trips fall back to a few milliseconds, and what was under way arrives.',
  },
  reset: {
    title: 'All connections were reset',
    text: 'The lanes come back by themselves, each after a wait of its own, so that they do not all come at once.',
  },
  expire: {
    title: 'All tokens have expired',
    text: 'All connections were closed with 4401. The Hawser lanes fetch a fresh token at once and go on. What is sent meanwhile waits.',
  },
  freeze: {
    title: 'The tab stood still for 5 s',
    text: 'No ping was answered in that time, but that was the page’s own fault: the Hawser lanes ping once more before they judge. Attempts stay as they were.',
  },
}

const closed: { readonly [code: number]: Guide } = {
  1012: {
    title: 'Closed with 1012: the server restarts',
    text: 'An invitation to come back: all lanes do, the Hawser lanes after a short wait that chance spreads.',
  },
  1013: {
    title: 'Closed with 1013: try again later',
    text: 'The Hawser lanes stay away for 6 to 12 s, as they were asked. The other one does not read the code.',
  },
  1000: {
    title: 'Closed with 1000: done',
    text: 'Nothing went wrong, so the Hawser lanes stop and keep what they send. “Connect” brings them back. The other one does not read the code.',
  },
  4400: {
    title: 'Closed with 4400: a wrong request',
    text: 'The same request would be wrong again, so the Hawser lanes stop. “Connect” brings them back. The other one does not read the code.',
  },
}
