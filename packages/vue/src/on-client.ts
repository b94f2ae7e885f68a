// What happens in a page only, and ends with the scope that asked for it.

import { getCurrentInstance, onMounted, onScopeDispose } from 'vue'

/** Runs `start` once the component is mounted, at once where there is none, and never on a server; then what it gives. */
export function onClient(start: () => () => void): void {
  let stop: (() => void) | undefined
  let isOver = false
  const run = () => {
    if (!isOver) stop = start()
  }
  onScopeDispose(() => {
    isOver = true
    stop?.()
  })
  const component = getCurrentInstance()
  // In a hook of a component that is mounted, `onMounted` would never come.
  if (component && !component.isMounted) onMounted(run)
  else if (!isServer()) run()
}

/** On a server, and in a component that takes over what a server rendered: there everything has to look as it did. */
export const looksAsOnServer = () => isServer() || !!getCurrentInstance()?.vnode.el

export const isServer = () => typeof window === 'undefined'
