// All contenders by name, each in a chunk of its own. In the order in which the tables show them.

import type { Contender } from './contender'

const load: Readonly<Record<string, () => Promise<{ readonly default: Contender }>>> = {
  bare: () => import('./bare'),
  'bare again': () => import('./bare'),
  hawser: () => import('./hawser'),
  partysocket: () => import('./partysocket'),
  'reconnecting-websocket': () => import('./reconnecting-websocket'),
  sockette: () => import('./sockette'),
  'websocket-ts': () => import('./websocket-ts'),
  'socket.io-client': () => import('./socket.io-client'),
}

/** Only for `liveness`: Hawser without a heartbeat is measured elsewhere, and the others' servers can do no more. */
const loadForLiveness: typeof load = {
  'hawser/heartbeat': () => import('./hawser-heartbeat'),
  centrifuge: () => import('./centrifuge'),
  '@microsoft/signalr': () => import('./signalr'),
}

/** Only for `confirmed`. */
const loadForConfirmed: typeof load = {
  'bare json': () => import('./bare-json'),
  'hawser/json': () => import('./hawser-json'),
  'hawser/acks': () => import('./hawser-acks'),
}

export const namesForConfirmed = Object.keys(loadForConfirmed)

/** The bare socket in a second process or page: how far it is from the first is how far the machine's noise goes. */
export const control = 'bare again'

export const namesWithControl = Object.keys(load)
export const names = namesWithControl.filter((name) => name !== control)

/** Who looks after its connection: with a heartbeat, where it has one. The bare socket does not. */
export const namesForLiveness = [
  'hawser/heartbeat',
  'centrifuge',
  '@microsoft/signalr',
  'socket.io-client',
  'partysocket',
  'reconnecting-websocket',
  'sockette',
  'websocket-ts',
]

export async function contender(name: string): Promise<Contender> {
  const module = await (load[name] ?? loadForLiveness[name] ?? loadForConfirmed[name])?.()
  if (!module) throw new Error(`There is no contender ${name}.`)
  return module.default
}
