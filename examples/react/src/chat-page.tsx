// The page of one guest: the connection, and all that is shown below it.

import { SocketProvider, useSocketState } from '@hawser/react'
import { useEffect } from 'react'
import type { Guest } from '../../server/chat/guest.js'
import { linkOf } from '../../server/chat/words.js'
import { Conversation } from './conversation'
import { ServerPanel } from './server-panel'
import { useChatSocket } from './use-chat-socket'

export function ChatPage({ name, room }: Guest) {
  const socket = useChatSocket({ name, room })
  const link = useSocketState(socket, linkOf)

  useEffect(() => {
    document.title = `${name} in ${room} · Hawser chat`
  }, [name, room])

  return (
    <SocketProvider socket={socket}>
      <div className="app" data-link={link}>
        <Conversation name={name} room={room} />
        <ServerPanel room={room} />
      </div>
    </SocketProvider>
  )
}
