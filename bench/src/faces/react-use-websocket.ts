// react-use-websocket, as its README has it: lastMessage for showing, onMessage for hearing.

import useWebSocket from 'react-use-websocket'
import type { Face } from './face'
import { mountReact } from './react-root'

// Its main file is CommonJS: bundlers differ in what they take for its default.
const use = ((useWebSocket as unknown as { default?: typeof useWebSocket }).default ??
  useWebSocket) as typeof useWebSocket

const face: Face = {
  mount: (page) =>
    mountReact(page, ({ out }) => {
      page.onRender()
      const { lastMessage, sendMessage } = use(page.url, {
        onMessage: ({ data }) => page.onMessage(data),
        shouldReconnect: () => true,
      })
      out.send = sendMessage
      return lastMessage?.data
    }),
}

export default face
