// @hawser/react: useLastMessage for showing, useSocketEvent for hearing.

import { useLastMessage, useSocket, useSocketEvent } from '@hawser/react'
import type { Face } from './face'
import { mountReact } from './react-root'

const face: Face = {
  mount: (page) =>
    mountReact(page, ({ out }) => {
      page.onRender()
      const { socket, send } = useSocket(page.url)
      out.send = send
      useSocketEvent(socket, 'message', (data) => page.onMessage(data as string))
      return useLastMessage(socket) as string
    }),
}

export default face
