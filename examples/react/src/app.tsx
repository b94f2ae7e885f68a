// The app: asks for a name and a room, then shows the chat. Both stand in the address, so a reload comes back to them.

import { useState } from 'react'
import { addressOf, type Guest, guestIn, someName } from '../../server/chat/guest.js'
import { ChatPage } from './chat-page'
import { JoinForm } from './join-form'

export function App() {
  const [guest, setGuest] = useState(() => guestIn(location.search))

  function join(joining: Guest) {
    history.replaceState(null, '', addressOf(joining))
    setGuest(joining)
  }

  return (
    <>
      <header className="top">
        <svg className="mark" viewBox="0 0 24 24" aria-hidden="true">
          <path d="M2 18c4 0 5-12 10-12s5 7 1 7-3-7 3-7 4 12 6 12" />
        </svg>
        <h1>Hawser chat</h1>
        {guest.name && <SecondWindow {...guest} />}
      </header>
      <main>
        {guest.name ? (
          // Another guest, or another room, is another page: nothing of the one before is left on it.
          <ChatPage key={addressOf(guest)} {...guest} />
        ) : (
          <JoinForm room={guest.room} onJoin={join} />
        )}
      </main>
    </>
  )
}

function SecondWindow({ name, room }: Guest) {
  const [other] = useState(() => someName({ besides: name }))
  return (
    <a href={addressOf({ name: other, room })} target="_blank" rel="noopener">
      Open a second window
    </a>
  )
}
