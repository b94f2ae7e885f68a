// What must compile, and what must not: the types of the codec reach the component.
import {
  type CloseInfo,
  createSocket,
  json,
  type Receipt,
  type Socket,
  type SocketError,
  type SocketState,
  type StandardSchema,
} from '@hawser/core'
import { createRequests, jsonRpc } from '@hawser/core/requests'
import { renderToString } from 'react-dom/server'
import { expectTypeOf, it } from 'vitest'
import {
  type SentMessage,
  SocketProvider,
  type UseRequestResult,
  useLastMessage,
  useMessages,
  useRequest,
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
const schemas = {
  user: { request: accepts<{ id: number }>(), reply: accepts<{ name: string }>() },
  rename: { request: accepts<string>(), reply: accepts<boolean>() },
}

/** Types are looked at where hooks may be called. */
function inComponent(check: () => void) {
  renderToString(
    <SocketProvider socket={createSocket(url)} requests={createRequests(createSocket(url))}>
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

it('requests type what is asked, and what comes back', () => {
  const requests = createRequests(createSocket(url, { codec: json() }))
  inComponent(() => {
    const { request, data, error, status, reset } = useRequest(requests, { timeout: 5, retry: 2 })
    expectTypeOf(request({ type: 'user', payload: 1 }, { timeout: 5 })).toEqualTypeOf<Promise<unknown>>()
    expectTypeOf(data).toEqualTypeOf<unknown>()
    expectTypeOf(error).toEqualTypeOf<SocketError | undefined>()
    expectTypeOf(status).toEqualTypeOf<'idle' | 'pending' | 'success' | 'error'>()
    expectTypeOf(reset()).toEqualTypeOf<void>()
    const user = useRequest<{ name: string }>(requests)
    expectTypeOf(user.data).toEqualTypeOf<{ name: string } | undefined>()
    expectTypeOf(user.request({ type: 'user' })).toEqualTypeOf<Promise<{ name: string }>>()
    // @ts-expect-error a request has a name
    ;() => request({ payload: 1 })
    // @ts-expect-error no such option
    ;() => useRequest(requests, { ttl: 5 })
    // @ts-expect-error a signal is of one call
    ;() => useRequest(requests, { signal: new AbortController().signal })
    // @ts-expect-error a socket is none
    ;() => useRequest(createSocket(url))
  })
})

it('requests of another protocol are asked by its names', () => {
  const requests = createRequests(createSocket(url, { codec: json() }), { protocol: jsonRpc() })
  inComponent(() => {
    const { request } = useRequest(requests)
    request({ method: 'user', params: { id: 1 } })
    // @ts-expect-error that is the envelope's
    ;() => request({ type: 'user' })
  })
})

it('requests with schemas know what goes with which name, and what may come back', () => {
  const requests = createRequests(createSocket(url, { codec: json() }), { schemas })
  inComponent(() => {
    const { request, data } = useRequest(requests)
    expectTypeOf(request({ type: 'user', payload: { id: 1 } })).toEqualTypeOf<Promise<{ name: string }>>()
    expectTypeOf(request({ type: 'rename', payload: 'Ada' })).toEqualTypeOf<Promise<boolean>>()
    expectTypeOf(data).toEqualTypeOf<{ name: string } | boolean | undefined>()
    // @ts-expect-error the id is missing
    ;() => request({ type: 'user', payload: {} })
    // @ts-expect-error no such request
    ;() => request({ type: 'users' })
  })
})

it('data is there once the status says so', () => {
  const requests = createRequests(createSocket(url, { codec: json() }))
  inComponent(() => {
    const { status, data, error } = useRequest<{ name: string }>(requests)
    if (status === 'success') expectTypeOf(data).toEqualTypeOf<{ name: string }>()
    if (status === 'error') expectTypeOf(error).toEqualTypeOf<SocketError>()
    if (status === 'pending') expectTypeOf(data).toEqualTypeOf<{ name: string } | undefined>()
    const result: UseRequestResult = useRequest(requests)
    // @ts-expect-error read-only
    ;() => (result.data = 5)
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
  // @ts-expect-error a socket is no requests
  ;() => <SocketProvider socket={createSocket(url)} requests={createSocket(url)} />
  ;() => (
    <SocketProvider socket={createSocket(url)} requests={createRequests(createSocket(url), { schemas })} />
  )
  ;() => <SocketProvider socket={createSocket(url, { codec })}>text</SocketProvider>
})
