// @hawser/vue: useLastMessage for showing, useSocketEvent for hearing.

import { useLastMessage, useSocket, useSocketEvent } from '@hawser/vue'
import type { Face } from './face'
import { mountVue } from './vue-root'

const face: Face = {
  mount: (page) =>
    mountVue(page, (out) => {
      const { socket, send } = useSocket(page.url)
      out.send = send
      useSocketEvent(socket, 'message', (data) => page.onMessage(data as string))
      return useLastMessage(socket)
    }),
}

export default face
