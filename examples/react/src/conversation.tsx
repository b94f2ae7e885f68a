// The conversation: who is there, how the connection is, what was said, and the field to say something.

import { useLastMessage } from '@hawser/react'
import { useRef } from 'react'
import type { Guest } from '../../server/chat/guest.js'
import { Composer } from './composer'
import { MessageLog } from './message-log'
import { StatusLine } from './status-line'
import { useLines } from './use-lines'

export function Conversation({ name, room }: Guest) {
  const { lines, say } = useLines({ name })
  const people = useLastMessage((message) => message.type === 'people')?.people ?? []
  const log = useRef<HTMLDivElement>(null)
  const field = useRef<HTMLInputElement>(null)

  function sayAndShow(text: string) {
    say(text)
    // The log is laid out from its end.
    log.current?.scrollTo({ top: 0 })
  }

  return (
    <section className="card chat" aria-labelledby="room-title">
      <header className="room">
        <h2 id="room-title">{room}</h2>
        <p className="hint">
          {people.map((person) => (person === name ? `${person} (you)` : person)).join(', ')}
        </p>
      </header>
      {/* Its button goes when it is pressed, and would take the focus with it. */}
      <StatusLine onRetry={() => field.current?.focus()} />
      <MessageLog ref={log} lines={lines} />
      <Composer ref={field} onSay={sayAndShow} />
    </section>
  )
}
