// What must compile, and what must not: the types of the codec reach the component.
import {
  type CloseInfo,
  createSocket,
  json,
  type Receipt,
  type Socket,
  type SocketState,
  type StandardSchema,
} from '@hawser/core'
import { renderToString } from 'react-dom/server'
import { expectTypeOf, it } from 'vitest'
import {
  type SentMessage,
  SocketProvider,
  useLastMessage,
  useMessages,
  useSend,
  useSocket,
  useSocketEvent,
  useSocketState,
} from '../../src'
import { Show } from '../support/set-up'

type Said = { readonly type: 'said'; readonly text: string }
type Left = { readonly type: 'left'; readonly name: string }
type Say = { readonly type: 'say'; readonly text: string }

const accepts = <T,>(): StandardSchema<T> => ({
  '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value: value as T }) },
})
const codec = json({ incoming: accepts<Said>(), outgoing: accepts<Say>() })
const url = 'wss://example.test/'

/** Types are looked at where hooks may be called. */
function inComponent(check: () => void) {
  renderToString(
    <SocketProvider socket={createSocket(url)}>
      <Show hook={() => check() ?? null} />
    </SocketProvider>,
  )
}

it('the codec types what is sent and what is heard', () => {
  inComponent(() => {
    const { socket, send, status, close } = useSocket(url, { codec })
    expectTypeOf(socket).toEqualTypeOf<Socket<Said, Say>>()
    expectTypeOf(send({ type: 'say', text: 'hi' })).toEqualTypeOf<Receipt>()
    expectTypeOf(status).toEqualTypeOf<SocketState['status']>()
    expectTypeOf(close()).toEqualTypeOf<Promise<void>>()
    socket.on('message', (message) => expectTypeOf(message).toEqualTypeOf<Said>())
    // @ts-expect-error text is missing
    send({ type: 'say' })
    // @ts-expect-error that is what the server says
    send({ type: 'said', text: 'hi' })
    // @ts-expect-error not a message at all
    send('hi')
    // @ts-expect-error no such option
    ;() => send({ type: 'say', text: 'hi' }, { tll: 5 })
  })
})

it('without a codec it is what the platform takes', () => {
  inComponent(() => {
    const { socket, send } = useSocket(url)
    send('hi')
    send(new Uint8Array(1))
    expectTypeOf(socket).toEqualTypeOf<
      Socket<string | ArrayBuffer | Blob, string | ArrayBuffer | ArrayBufferView | Blob>
    >()
    // @ts-expect-error an object needs codec: json()
    send({ type: 'say' })
  })
})

it('a socket that is passed brings its types', () => {
  const passed = createSocket(url, { codec })
  inComponent(() => {
    expectTypeOf(useSocket(passed).socket).toEqualTypeOf<Socket<Said, Say>>()
    // @ts-expect-error text is missing
    useSocket(passed).send({ type: 'say' })
    expectTypeOf(useSocket().socket).toEqualTypeOf<Socket>()
  })
})

const room = () =>
  createSocket(url, { codec: json({ incoming: accepts<Said | Left>(), outgoing: accepts<Say>() }) })
const isLeft = (message: Said | Left): message is Left => message.type === 'left'

it('messages have the type of the socket that is passed, and the narrower one of a filter', () => {
  const passed = room()
  inComponent(() => {
    expectTypeOf(useMessages(passed)).toEqualTypeOf<readonly (Said | Left)[]>()
    expectTypeOf(useMessages(passed, { filter: isLeft, limit: 5 })).toEqualTypeOf<readonly Left[]>()
    expectTypeOf(useMessages(passed, { filter: (message) => message.type === 'left' })).toEqualTypeOf<
      readonly Left[]
    >()
    expectTypeOf(useMessages(passed, { filter: (message) => message.type.length > 4 })).toEqualTypeOf<
      readonly (Said | Left)[]
    >()
    expectTypeOf(useLastMessage(passed)).toEqualTypeOf<Said | Left | undefined>()
    expectTypeOf(useLastMessage(passed, isLeft)).toEqualTypeOf<Left | undefined>()
    expectTypeOf(useSocket(passed).lastMessage).toEqualTypeOf<Said | Left | undefined>()
    // @ts-expect-error what was shown is not to be changed
    ;() => useMessages(passed).push({ type: 'left', name: 'Ann' })
    // @ts-expect-error no such kind of message
    ;() => useMessages(passed, { filter: ({ type }) => type === 'come' })
    // @ts-expect-error that filter is for numbers
    ;() => useLastMessage(passed, (message: number) => message > 5)
    // @ts-expect-error no such option
    ;() => useMessages(passed, { last: 5 })
    // @ts-expect-error a limit is a number
    ;() => useMessages(passed, { limit: '5' })
  })
})

it('an event brings its payload, of the socket that is passed', () => {
  const passed = room()
  inComponent(() => {
    useSocketEvent(passed, 'message', (message) => expectTypeOf(message).toEqualTypeOf<Said | Left>())
    useSocketEvent(passed, 'close', (close) => expectTypeOf(close).toEqualTypeOf<CloseInfo>())
    useSocketEvent('state', (state) => expectTypeOf(state).toEqualTypeOf<SocketState>())
    useSocketEvent(passed, 'message', async () => {})
    // @ts-expect-error no such event
    ;() => useSocketEvent(passed, 'opened', () => {})
    // @ts-expect-error messages are no numbers
    ;() => useSocketEvent(passed, 'message', (message: number) => message)
    // @ts-expect-error the handler is missing
    ;() => useSocketEvent(passed, 'message')
  })
})

it('what is sent, and what was sent, has the type that the socket takes', () => {
  const passed = room()
  inComponent(() => {
    const { send, messages, clear } = useSend(passed, { limit: 5 })
    expectTypeOf(send({ type: 'say', text: 'hi' }, { ttl: 5 })).toEqualTypeOf<Receipt>()
    expectTypeOf(messages).toEqualTypeOf<readonly SentMessage<Say>[]>()
    expectTypeOf(clear).parameters.toEqualTypeOf<[id?: string | undefined]>()
    // @ts-expect-error text is missing
    ;() => send({ type: 'say' })
    // @ts-expect-error no such option
    ;() => useSend(passed, { last: 5 })
    // @ts-expect-error a fate is for reading
    ;() => messages.map((sent) => (sent.status = 'sent'))
  })
})

it('a URL is text, a URL, a function or null', () => {
  inComponent(() => {
    useSocket(new URL(url))
    useSocket(null)
    useSocket(async ({ attempt, signal }) => (signal.aborted ? url : `${url}?${attempt}`), { codec })
    useSocket(undefined, { codec })
    // @ts-expect-error not a URL
    ;() => useSocket(5)
    // @ts-expect-error options go with a URL, not with a socket that is already made
    ;() => useSocket(createSocket(url), { retries: 1 })
    // @ts-expect-error no such option
    ;() => useSocket(url, { retry: 1 })
  })
})

it('a result is for reading', () => {
  inComponent(() => {
    const result = useSocket()
    // @ts-expect-error read-only
    ;() => (result.status = 'open')
  })
})

it('a selector types the state', () => {
  inComponent(() => {
    const socket = createSocket(url)
    expectTypeOf(useSocketState()).toEqualTypeOf<SocketState>()
    expectTypeOf(useSocketState(socket)).toEqualTypeOf<SocketState>()
    expectTypeOf(useSocketState((state) => state.status === 'open')).toEqualTypeOf<boolean>()
    expectTypeOf(
      useSocketState(socket, (state) => (state.status === 'waiting' ? state.retryAt : undefined)),
    ).toEqualTypeOf<number | undefined>()
    // @ts-expect-error not every state has a time
    ;() => useSocketState((state) => state.retryAt)
    // @ts-expect-error neither a socket nor a selector
    ;() => useSocketState(url)
  })
})

it('a provider needs its socket', () => {
  // @ts-expect-error socket is missing
  ;() => <SocketProvider />
  // @ts-expect-error a URL is not a socket
  ;() => <SocketProvider socket={url} />
  ;() => <SocketProvider socket={createSocket(url, { codec })}>text</SocketProvider>
})
