// useLines: what was said in the room, our own words from the moment they are typed.

import { useMessages, useSend } from '@hawser/react'
import { useMemo } from 'react'
import type { ChatMessage, Delivery } from './delivery'
import { isOfTheRoom, linesOf } from './lines'

/** What a page can show of a long talk. */
const limit = 1_000

export function useLines({ name, delivery }: { name: string; delivery: Delivery }) {
  const told = useMessages({ filter: isOfTheRoom, limit })
  const { send, messages: sent } = useSend({ limit })
  const lines = useMemo(() => linesOf({ told, sent, name }), [told, sent, name])

  /** Works in every state: what cannot go out now waits. */
  function say(text: string) {
    const message: ChatMessage = { type: 'chat', id: crypto.randomUUID(), text }
    delivery.track(message, send(message))
  }

  return { lines, say }
}
