// The lines of a conversation: first what the server told, in its order, then what is still on its way to it.

import type { ClientMessage, RoomMessage, ServerMessage } from '@hawser/example-server/messages'
import type { SentMessage } from '@hawser/vue'

type FromTheRoom = Extract<ServerMessage, { type: 'joined' | 'chat' | 'ack' | 'error' }>

export type Line =
  | {
      readonly kind: 'theirs'
      readonly id: string
      readonly from: string
      readonly text: string
      readonly at: number
    }
  | {
      readonly kind: 'ours'
      readonly id: string
      readonly text: string
      readonly fate: SentMessage['status']
      readonly at: number | undefined
    }
  | { readonly kind: 'notice'; readonly id: string; readonly text: string }

export function isOfTheRoom(message: ServerMessage): message is FromTheRoom {
  return ['joined', 'chat', 'ack', 'error'].includes(message.type)
}

export function linesOf({
  told,
  sent,
  name,
}: {
  told: readonly FromTheRoom[]
  sent: readonly SentMessage<ClientMessage>[]
  name: string
}): readonly Line[] {
  const lines = new Map<string, Line>()
  // An acknowledgement names a message and does not repeat it.
  const own = new Map(
    sent.flatMap(({ message, status }) =>
      message.type === 'chat' ? [[message.id, { ...message, status }] as const] : [],
    ),
  )

  /** Where it came first is its place: what was missed and what was acknowledged may name it again. */
  function place({ id, from, text, at }: RoomMessage) {
    if (lines.has(id)) return
    lines.set(
      id,
      from === name
        ? { kind: 'ours', id, text, fate: 'confirmed', at }
        : { kind: 'theirs', id, from, text, at },
    )
  }

  for (const [index, message] of told.entries()) {
    if (message.type === 'joined') message.messages.forEach(place)
    else if (message.type === 'chat') place(message)
    else if (message.type === 'ack') {
      const text = own.get(message.id)?.text
      if (text !== undefined) place({ ...message, from: name, text })
    } else {
      lines.set(`notice ${index}`, { kind: 'notice', id: `notice ${index}`, text: message.reason })
    }
  }
  for (const { id, text, status } of own.values()) {
    if (!lines.has(id)) lines.set(id, { kind: 'ours', id, text, fate: status, at: undefined })
  }
  return [...lines.values()]
}
