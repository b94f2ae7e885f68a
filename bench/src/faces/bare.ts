// The bare socket: a handler that writes a variable, and a text that follows it at each frame.

import type { Face } from './face'

const face: Face = {
  mount({ root, url, onMessage }) {
    let last = ''
    let shown = ''
    const socket = new WebSocket(url)
    socket.onmessage = ({ data }) => {
      last = data
      onMessage(data)
    }
    const show = () => {
      if (last !== shown) root.textContent = shown = last
      frame = requestAnimationFrame(show)
    }
    let frame = requestAnimationFrame(show)
    return {
      send: (data) => socket.send(data),
      unmount() {
        cancelAnimationFrame(frame)
        socket.close()
      },
    }
  },
}

export default face
