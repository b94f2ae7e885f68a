// An app that registers its socket, as the README says: what must compile, and what must not.
import { createSocket, json, type Socket, type StandardSchema } from '@hawser/core'
import { createRequests } from '@hawser/core/requests'
import {
  type SentMessage,
  useLastMessage,
  useMessages,
  useRequest,
  useSend,
  useSocket,
  useSocketEvent,
} from '@hawser/react'

interface Chat {
  readonly type: 'chat'
  readonly text: string
}
interface Price {
  readonly type: 'price'
  readonly price: number
}
interface Say {
  readonly type: 'say'
  readonly text: string
}

declare const incoming: StandardSchema<Chat | Price>
declare const outgoing: StandardSchema<Say>
declare const id: StandardSchema<number>
declare const name: StandardSchema<string>
const socket = createSocket('wss://example.test/', { codec: json({ incoming, outgoing }) })
const requests = createRequests(socket, { schemas: { user: { request: id, reply: name } } })

declare module '@hawser/react' {
  interface Register {
    socket: typeof socket
    requests: typeof requests
  }
}

/** Compiles where both are the same type, and nowhere else. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <A, B>(..._: Same<A, B> extends true ? [] : ['not the same']) => {}

const isPrice = (message: Chat | Price): message is Price => message.type === 'price'

export function App() {
  const all = useSocket()
  same<typeof all.socket, Socket<Chat | Price, Say>>()
  same<typeof all.lastMessage, Chat | Price | undefined>()
  all.send({ type: 'say', text: 'hi' })
  // @ts-expect-error that is what the server says
  all.send({ type: 'chat', text: 'hi' })

  const messages = useMessages()
  same<typeof messages, readonly (Chat | Price)[]>()
  const prices = useMessages({ filter: isPrice, limit: 5 })
  same<typeof prices, readonly Price[]>()
  const chats = useMessages({ filter: (message) => message.type === 'chat' })
  same<typeof chats, readonly Chat[]>()
  // @ts-expect-error no such kind of message
  useMessages({ filter: (message) => message.type === 'chatter' })

  const last = useLastMessage()
  same<typeof last, Chat | Price | undefined>()
  const price = useLastMessage(isPrice)
  same<typeof price, Price | undefined>()

  const { send, messages: sent } = useSend()
  send({ type: 'say', text: 'hi' })
  same<typeof sent, readonly SentMessage<Say>[]>()
  // @ts-expect-error text is missing
  send({ type: 'say' })

  useSocketEvent('message', (message) => same<typeof message, Chat | Price>())
  useSocketEvent('message', (message) => {
    // @ts-expect-error not every message has a price
    message.price
  })

  const asking = useRequest({ timeout: 5 })
  same<typeof asking.data, string | undefined>()
  const asked = asking.request({ type: 'user', payload: 1 })
  same<typeof asked, Promise<string>>()
  // @ts-expect-error no such request
  asking.request({ type: 'users' })
  // Requests that are passed bring their own types.
  useRequest(createRequests(socket)).request({ type: 'users' })

  // A socket that is passed, or made by URL, brings its own types.
  const other = createSocket('wss://example.test/')
  same<
    typeof other,
    ReturnType<
      typeof useSocket<string | ArrayBuffer | Blob, string | ArrayBuffer | ArrayBufferView | Blob>
    >['socket']
  >()
  useSend(other).send('text')
  // @ts-expect-error the socket that is passed takes no objects
  useSend(other).send({ type: 'say', text: 'hi' })
  useSocket('wss://example.test/').send('text')
}
