// A component of Vue in a page that shows one ref.

import { createApp, defineComponent, h, type Ref } from 'vue'
import type { Mounted, Page } from './face'

/** @param setup is given a place to put its way of sending */
export function mountVue(
  { root, onRender }: Page,
  setup: (out: { send?: (data: string) => void }) => Readonly<Ref<unknown>>,
): Mounted {
  const out: { send?: (data: string) => void } = {}
  const component = defineComponent(() => {
    const shown = setup(out)
    return () => {
      onRender()
      return h('p', String(shown.value))
    }
  })
  const app = createApp(component)
  app.mount(root)
  return { send: (data) => out.send?.(data), unmount: () => app.unmount() }
}
