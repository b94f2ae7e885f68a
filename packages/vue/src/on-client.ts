// What happens in a page only, and ends with the scope that asked for it.

import { isServer } from '@hawser/core/bindings'
import {
  type ComponentInternalInstance,
  type EffectScope,
  getCurrentInstance,
  getCurrentScope,
  onMounted,
  onScopeDispose,
} from 'vue'

/** Runs `start` once the component is mounted, at once where there is none, and never on a server; then what it gives. */
export function onClient(start: () => () => void): void {
  const scope = getCurrentScope()
  let stop: (() => void) | undefined
  const run = () => {
    if (scope?.active !== false) stop = scope ? scope.run(start) : start()
  }
  onScopeDispose(() => stop?.())
  const component: Component | null = getCurrentInstance()
  // In a hook of a component that is mounted, `onMounted` would never come.
  if (component && !component.isMounted && (isInside(scope, component) || looksAsOnServer())) onMounted(run)
  else if (!isServer()) run()
}

/** Whether the scope ends with the component. That of a store goes on, and does not wait for who asked for it first. */
function isInside(scope: Scope | undefined, component: Component): boolean {
  while (scope && scope !== component.scope) scope = scope.detached ? undefined : scope.parent
  return !!scope
}

type Scope = EffectScope & { parent?: Scope | undefined }
type Component = ComponentInternalInstance & { scope?: Scope }

/** On a server, and in a component that takes over what a server rendered: there everything has to look as it did. */
export const looksAsOnServer = () => isServer() || !!getCurrentInstance()?.vnode.el
