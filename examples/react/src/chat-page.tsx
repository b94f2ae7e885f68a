// The page of one guest: the connection, and all that is shown below it.

import { SocketProvider, useSocketState } from '@hawser/react'
import { useEffect, useState } from 'react'
import { Conversation } from './conversation'
import { createDelivery } from './delivery'
import type { Guest } from './guest'
import { linkOf } from './link'
import { ServerPanel } from './server-panel'
import { useChatSocket } from './use-chat-socket'

export function ChatPage({ name, room }: Guest) {
  const [delivery] = useState(() => createDelivery(room))
  const socket = useChatSocket({ name, delivery })
  const link = useSocketState(socket, linkOf)

  useEffect(() => {
    document.title = `${name} in ${room} · Hawser chat`
  }, [name, room])

  return (
    <SocketProvider socket={socket}>
      <div className="app" data-link={link}>
        <Conversation name={name} room={room} delivery={delivery} />
        <ServerPanel room={room} />
      </div>
    </SocketProvider>
  )
}
