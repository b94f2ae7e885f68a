// The first question: who comes, and into which room.

import { type FormEvent, useState } from 'react'
import { type Guest, someName, tidy } from '../../server/chat/guest.js'

export function JoinForm({ room, onJoin }: { room: string; onJoin: (guest: Guest) => void }) {
  const [suggested] = useState(() => someName())

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const given = new FormData(event.currentTarget)
    const guest = { name: tidy(given.get('name')), room: tidy(given.get('room')) }
    if (guest.name && guest.room) onJoin(guest)
  }

  return (
    <form className="card join" onSubmit={submit}>
      <h2>Come aboard</h2>
      <p className="hint">Open this page in two windows, chat, and take the server away.</p>
      <label htmlFor="name">Your name</label>
      <input
        id="name"
        name="name"
        ref={select}
        defaultValue={suggested}
        required
        maxLength={40}
        autoComplete="nickname"
      />
      <label htmlFor="room">Room</label>
      <input id="room" name="room" defaultValue={room} required maxLength={40} autoComplete="off" />
      <button type="submit" className="primary">
        Join
      </button>
    </form>
  )
}

/** The suggestion is there to be typed over. */
function select(field: HTMLInputElement | null) {
  field?.select()
}
