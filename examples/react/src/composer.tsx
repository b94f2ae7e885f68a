// The field to say something, in every state of the connection.

import { useSocketState } from '@hawser/react'
import type { FormEvent, Ref } from 'react'
import { linkOf } from '../../server/chat/words.js'

export function Composer({ onSay, ref }: { onSay: (text: string) => void; ref: Ref<HTMLInputElement> }) {
  const link = useSocketState(linkOf)

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = event.currentTarget
    const text = String(new FormData(form).get('text'))
    if (!text.trim()) return
    onSay(text)
    form.reset()
  }

  return (
    <form className="composer" onSubmit={submit}>
      <label className="unseen" htmlFor="text">
        Message
      </label>
      <input
        ref={ref}
        id="text"
        name="text"
        maxLength={2_000}
        autoComplete="off"
        enterKeyHint="send"
        // biome-ignore lint/a11y/noAutofocus: whoever has just joined is here to say something
        autoFocus
        placeholder={link === 'down' ? 'Waits for the server' : 'Say something'}
      />
      <button type="submit" className="primary">
        Send
      </button>
    </form>
  )
}
