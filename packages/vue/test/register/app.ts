// What must compile, and what must not, in an app that has registered its socket: nothing here runs.

import { createSocket, json, type Receipt, type Socket, type StandardSchema } from '@hawser/core'
import { createRequests } from '@hawser/core/requests'
import {
  type SentMessage,
  useLastMessage,
  useMessages,
  useRequest,
  useSend,
  useSocket,
  useSocketEvent,
  useSocketState,
} from '@hawser/vue'
import type { Ref } from 'vue'

type Said = { readonly type: 'said'; readonly text: string }
type Left = { readonly type: 'left'; readonly name: string }
type Say = { readonly type: 'say'; readonly text: string }

declare const incoming: StandardSchema<Said | Left>
declare const outgoing: StandardSchema<Say>
declare const id: StandardSchema<number>
declare const name: StandardSchema<string>
const socket = createSocket('wss://example.test/', { codec: json({ incoming, outgoing }) })
const requests = createRequests(socket, { schemas: { user: { request: id, reply: name } } })

declare module '@hawser/vue' {
  interface Register {
    socket: typeof socket
    requests: typeof requests
  }
}

/** Holds where both are the same type. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : never
const same = <A, B>(_: Same<A, B>) => {}

export function inSetup() {
  const result = useSocket()
  same<typeof result.socket.value, Socket<Said | Left, Say>>(true)
  same<typeof result.lastMessage.value, Said | Left | undefined>(true)
  same<ReturnType<typeof result.send>, Receipt>(true)
  result.send({ type: 'say', text: 'hi' })
  // @ts-expect-error that is what the server says
  result.send({ type: 'said', text: 'hi' })
  // @ts-expect-error not a message
  result.send('hi')

  useSocketEvent('message', (message) => same<typeof message, Said | Left>(true))
  useSocketEvent('close', ({ code }) => same<typeof code, number>(true))
  // @ts-expect-error there is no such event
  useSocketEvent('messages', () => {})
  // @ts-expect-error one of them has no text
  useSocketEvent('message', (message) => message.text)

  const all = useMessages()
  same<typeof all.value, readonly (Said | Left)[]>(true)
  const said = useMessages({ filter: (message) => message.type === 'said', limit: 5 })
  same<typeof said.value, readonly Said[]>(true)
  const last = useLastMessage()
  same<typeof last.value, Said | Left | undefined>(true)
  const left = useLastMessage((message) => message.type === 'left')
  same<typeof left.value, Left | undefined>(true)
  const long = useLastMessage((message) => message.type === 'said' && message.text.length > 5)
  same<typeof long.value, Said | Left | undefined extends typeof long.value ? typeof long.value : never>(true)
  // @ts-expect-error no message is of that type
  useMessages({ filter: (message) => message.type === 'sent' })
  // @ts-expect-error a filter takes messages
  useLastMessage((message: number) => message > 5)

  const { send, messages } = useSend({ limit: 5 })
  same<typeof messages, Readonly<Ref<readonly SentMessage<Say>[]>>>(true)
  send({ type: 'say', text: 'hi' }, { ttl: 5 })
  // @ts-expect-error text is missing
  send({ type: 'say' })

  const asking = useRequest({ timeout: 5 })
  same<typeof asking.data.value, string | undefined>(true)
  const asked = asking.request({ type: 'user', payload: 1 })
  same<typeof asked, Promise<string>>(true)
  // @ts-expect-error no such request
  asking.request({ type: 'users' })
  // Requests that are passed bring their own types.
  useRequest(createRequests(socket)).request({ type: 'users' })

  const isOpen = useSocketState((state) => state.status === 'open')
  same<typeof isOpen.value, boolean>(true)
}

export function inSetupWithAnother(
  other: Socket<number, string>,
  ref: Readonly<Ref<Socket<number, string>>>,
) {
  for (const given of [other, ref]) {
    const { send, lastMessage } = useSocket(given)
    send('hi')
    same<typeof lastMessage.value, number | undefined>(true)
    // @ts-expect-error that is a message of the registered socket, and this is another one
    send({ type: 'say', text: 'hi' })
    useSocketEvent(given, 'message', (message) => same<typeof message, number>(true))
  }
  // A URL makes a socket of its own, with what its codec says.
  const { send } = useSocket('wss://example.test/')
  send('hi')
  // @ts-expect-error an object needs codec: json()
  send({ type: 'say', text: 'hi' })
}
