// useLines: what was said in the room, our own words from the moment they are typed.

import { useMessages, useSend } from '@hawser/react'
import { useMemo } from 'react'
import { isOfTheRoom, linesOf } from '../../server/chat/lines.js'

/** What a page can show of a long talk. */
const limit = 1_000

export function useLines({ name }: { name: string }) {
  const told = useMessages({ filter: isOfTheRoom, limit })
  const { send, messages: sent } = useSend({ limit })
  const lines = useMemo(() => linesOf({ told, sent, name }), [told, sent, name])

  /** Works in every state: what cannot go out now waits. */
  function say(text: string) {
    send({ type: 'chat', id: crypto.randomUUID(), text })
  }

  return { lines, say }
}
