// useLines: what was said in the room, our own words from the moment they are typed.

import { useMessages, useSend } from '@hawser/vue'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { type ChatMessage, delivery } from './delivery'
import { isOfTheRoom, linesOf } from './lines'

/** What a page can show of a long talk. */
const limit = 1_000

export function useLines(name: MaybeRefOrGetter<string>) {
  const told = useMessages({ filter: isOfTheRoom, limit })
  const { send, messages: sent } = useSend({ limit })
  const lines = computed(() => linesOf({ told: told.value, sent: sent.value, name: toValue(name) }))

  /** Works in every state: what cannot go out now waits. */
  function say(text: string) {
    const message: ChatMessage = { type: 'chat', id: crypto.randomUUID(), text }
    delivery.track(message, send(message))
  }

  return { lines, say }
}
