// All faces by name, each in a chunk of its own. In the order in which the tables show them.

import type { Face } from './face'

const load: Readonly<Record<string, () => Promise<{ readonly default: Face }>>> = {
  bare: () => import('./bare'),
  'bare again': () => import('./bare'),
  'hawser/react': () => import('./hawser-react'),
  'hawser/vue': () => import('./hawser-vue'),
  'react-use-websocket': () => import('./react-use-websocket'),
  'partysocket/react': () => import('./partysocket-react'),
  'vueuse useWebSocket': () => import('./vueuse'),
}

export const faceNames = Object.keys(load)

export async function loadFace(name: string): Promise<Face> {
  const module = await load[name]?.()
  if (!module) throw new Error(`There is no face ${name}.`)
  return module.default
}
