// A component of React in a page, in StrictMode where that is asked for.

import { createElement, type FunctionComponent, StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import type { Mounted, Page } from './face'

/** @param component is given a place to put its way of sending */
export function mountReact(
  { root, strict }: Page,
  component: FunctionComponent<{ readonly out: { send?: (data: string) => void } }>,
): Mounted {
  const out: { send?: (data: string) => void } = {}
  const element = createElement(component, { out })
  const tree = createRoot(root)
  tree.render(strict ? createElement(StrictMode, null, element) : element)
  return { send: (data) => out.send?.(data), unmount: () => tree.unmount() }
}
