// useWebSocket of VueUse: data for showing, onMessage for hearing.

import { useWebSocket } from '@vueuse/core'
import type { Face } from './face'
import { mountVue } from './vue-root'

const face: Face = {
  mount: (page) =>
    mountVue(page, (out) => {
      const { data, send } = useWebSocket(page.url, {
        autoReconnect: true,
        onMessage: (_, event) => page.onMessage(event.data),
      })
      out.send = send
      return data
    }),
}

export default face
