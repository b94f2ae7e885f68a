// partysocket/react: it has no last message, so its onMessage sets a state, as one would.

import { useWebSocket } from 'partysocket/react'
import { useState } from 'react'
import type { Face } from './face'
import { mountReact } from './react-root'

const face: Face = {
  note: 'has no last message: onMessage sets a state',
  mount: (page) =>
    mountReact(page, ({ out }) => {
      page.onRender()
      const [last, setLast] = useState('')
      const socket = useWebSocket(page.url, undefined, {
        onMessage: ({ data }) => {
          page.onMessage(data)
          setLast(data)
        },
      })
      out.send = (data) => socket.send(data)
      return last
    }),
}

export default face
