// What must compile, and what must not: the types of the codec reach the component.
import {
  createSocket,
  json,
  type Receipt,
  type Socket,
  type SocketError,
  type SocketState,
  type StandardSchema,
} from '@hawser/core'
import { createRequests, jsonRpc } from '@hawser/core/requests'
import { expectTypeOf, it } from 'vitest'
import { createApp, ref, shallowRef } from 'vue'
import {
  hawser,
  provideSocket,
  type SentMessage,
  type UseRequestResult,
  useLastMessage,
  useMessages,
  useRequest,
  useSend,
  useSocket,
  useSocketEvent,
  useSocketState,
} from '../../src'
import { setUp, withSetup } from '../support/set-up'

type Said = { readonly type: 'said'; readonly text: string }
type Left = { readonly type: 'left'; readonly name: string }
type Say = { readonly type: 'say'; readonly text: string }
type Status = SocketState['status']

const accepts = <T>(): StandardSchema<T> => ({
  '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value: value as T }) },
})
const codec = json({ incoming: accepts<Said>(), outgoing: accepts<Say>() })
const url = 'wss://example.test/'
const schemas = {
  user: { request: accepts<{ id: number }>(), reply: accepts<{ name: string }>() },
  rename: { request: accepts<string>(), reply: accepts<boolean>() },
}
const { environment } = setUp()

/** Types are looked at where composables may be called. */
function inComponent(check: () => void) {
  withSetup(check, { global: { plugins: [[hawser, { socket: createSocket(url) }]] } })
}

it('the codec types what is sent and what is heard', () => {
  inComponent(() => {
    const { socket, send, status, close } = useSocket(url, { codec, environment })
    expectTypeOf(socket.value).toEqualTypeOf<Socket<Said, Say>>()
    expectTypeOf(send({ type: 'say', text: 'hi' })).toEqualTypeOf<Receipt>()
    expectTypeOf(status.value).toEqualTypeOf<Status>()
    expectTypeOf(close()).toEqualTypeOf<Promise<void>>()
    socket.value.on('message', (message) => expectTypeOf(message).toEqualTypeOf<Said>())
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
    const { socket, send } = useSocket(() => null)
    send('hi')
    send(new Uint8Array(1))
    expectTypeOf(socket.value).toEqualTypeOf<
      Socket<string | ArrayBuffer | Blob, string | ArrayBuffer | ArrayBufferView | Blob>
    >()
    // @ts-expect-error an object needs codec: json()
    send({ type: 'say' })
  })
})

it('a socket that is passed brings its types', () => {
  const passed = createSocket(url, { codec })
  inComponent(() => {
    expectTypeOf(useSocket(passed).socket.value).toEqualTypeOf<Socket<Said, Say>>()
    // @ts-expect-error text is missing
    useSocket(passed).send({ type: 'say' })
    expectTypeOf(useSocket().socket.value).toEqualTypeOf<Socket>()
  })
})

it('a URL is text or a URL, or null, also as a ref or getter', () => {
  inComponent(() => {
    useSocket(ref<string | null>(null), { codec })
    useSocket(() => undefined)
    ;() => useSocket(new URL(url))
    ;() => useSocket(ref(new URL(url)))
    ;() => useSocket(() => url)
    // @ts-expect-error not a URL
    ;() => useSocket(5)
    // Called at each attempt.
    ;() =>
      useSocket(
        () =>
          async ({ attempt, signal }) =>
            signal.aborted ? url : `${url}?${attempt}`,
      )
    // @ts-expect-error a getter does not wait: one that gives such a function does
    ;() => useSocket(async () => url)
    // @ts-expect-error a function of the attempt is given by a getter or a ref
    ;() => useSocket(({ attempt }) => `${url}?${attempt}`)
    // @ts-expect-error options go with a URL, not with a socket that is already made
    ;() => useSocket(createSocket(url), { retries: 1 })
    // @ts-expect-error no such option
    ;() => useSocket(url, { retry: 1 })
  })
})

it('a result is for reading', () => {
  inComponent(() => {
    const { socket, status } = useSocket()
    // @ts-expect-error read-only
    ;() => (status.value = 'open')
    // @ts-expect-error read-only
    ;() => (socket.value = createSocket(url))
    // @ts-expect-error read-only
    ;() => (useSocketState().value = { status: 'idle' })
  })
})

it('a selector types the state', () => {
  inComponent(() => {
    const socket = createSocket(url)
    expectTypeOf(useSocketState().value).toEqualTypeOf<SocketState>()
    expectTypeOf(useSocketState(socket).value).toEqualTypeOf<SocketState>()
    expectTypeOf(useSocketState(useSocket(socket).socket).value).toEqualTypeOf<SocketState>()
    expectTypeOf(useSocketState((state) => state.status === 'open').value).toEqualTypeOf<boolean>()
    expectTypeOf(
      useSocketState(socket, (state) => (state.status === 'waiting' ? state.retryAt : undefined)).value,
    ).toEqualTypeOf<number | undefined>()
    // @ts-expect-error not every state has a time
    ;() => useSocketState((state) => state.retryAt)
    // @ts-expect-error neither a socket nor a selector
    ;() => useSocketState(url)
  })
})

it('a socket that is passed types what is heard, also as a ref', () => {
  const passed = createSocket(url, {
    codec: json({ incoming: accepts<Said | Left>(), outgoing: accepts<Say>() }),
  })
  inComponent(() => {
    for (const socket of [passed, shallowRef(passed), useSocket(passed).socket]) {
      useSocketEvent(socket, 'message', (message) => expectTypeOf(message).toEqualTypeOf<Said | Left>())
      useSocketEvent(socket, 'state', (state) => expectTypeOf(state).toEqualTypeOf<SocketState>())
      expectTypeOf(useMessages(socket).value).toEqualTypeOf<readonly (Said | Left)[]>()
      expectTypeOf(useLastMessage(socket).value).toEqualTypeOf<Said | Left | undefined>()
      expectTypeOf(useSocket(socket).lastMessage.value).toEqualTypeOf<Said | Left | undefined>()
      // @ts-expect-error one of them has no text
      ;() => useSocketEvent(socket, 'message', (message) => message.text)
      // @ts-expect-error no such event
      ;() => useSocketEvent(socket, 'messages', () => {})
      // @ts-expect-error the handler is missing
      ;() => useSocketEvent(socket, 'message')
    }
  })
})

it('a filter narrows what is kept', () => {
  const passed = createSocket(url, { codec: json({ incoming: accepts<Said | Left>() }) })
  inComponent(() => {
    const isSaid = (message: Said | Left): message is Said => message.type === 'said'
    expectTypeOf(useMessages(passed, { filter: isSaid }).value).toEqualTypeOf<readonly Said[]>()
    expectTypeOf(useLastMessage(passed, isSaid).value).toEqualTypeOf<Said | undefined>()
    expectTypeOf(useLastMessage(passed, ({ type }) => type === 'left').value).toEqualTypeOf<
      Said | Left | undefined
    >()
    expectTypeOf(useMessages(passed, { filter: (message) => message.type === 'left' }).value).toEqualTypeOf<
      readonly Left[]
    >()
    // @ts-expect-error no message is of that type
    ;() => useLastMessage(passed, (message) => message.type === 'say')
    // @ts-expect-error a filter says yes or no
    ;() => useMessages(passed, { filter: (message) => message.type })
    // @ts-expect-error limit is a number
    ;() => useMessages(passed, { limit: '5' })
    // @ts-expect-error no such option
    ;() => useMessages(passed, { max: 5 })
  })
})

it('a socket that is passed types what is sent', () => {
  const passed = createSocket(url, { codec })
  inComponent(() => {
    for (const socket of [passed, shallowRef(passed), useSocket(passed).socket]) {
      const { send, messages, clear } = useSend(socket, { limit: 5 })
      expectTypeOf(messages.value).toEqualTypeOf<readonly SentMessage<Say>[]>()
      expectTypeOf(send({ type: 'say', text: 'hi' }, { key: 'draft' })).toEqualTypeOf<Receipt>()
      clear('id')
      clear()
      // @ts-expect-error text is missing
      ;() => send({ type: 'say' })
      // @ts-expect-error read-only
      ;() => (messages.value = [])
      // @ts-expect-error what is shown is not to be changed
      ;() => messages.value.push()
    }
    // @ts-expect-error a URL is no socket
    ;() => useSend(url)
  })
})

it('requests type what is asked, and what comes back', () => {
  const requests = createRequests(createSocket(url, { codec: json() }))
  inComponent(() => {
    const { request, data, error, status, reset } = useRequest(requests, { timeout: 5, retry: 2 })
    expectTypeOf(request({ type: 'user', payload: 1 }, { timeout: 5 })).toEqualTypeOf<Promise<unknown>>()
    expectTypeOf(data.value).toEqualTypeOf<unknown>()
    expectTypeOf(error.value).toEqualTypeOf<SocketError | undefined>()
    expectTypeOf(status.value).toEqualTypeOf<'idle' | 'pending' | 'success' | 'error'>()
    expectTypeOf(reset()).toEqualTypeOf<void>()
    const user = useRequest<{ name: string }>(requests)
    expectTypeOf(user.data.value).toEqualTypeOf<{ name: string } | undefined>()
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
    expectTypeOf(data.value).toEqualTypeOf<{ name: string } | boolean | undefined>()
    // @ts-expect-error the id is missing
    ;() => request({ type: 'user', payload: {} })
    // @ts-expect-error no such request
    ;() => request({ type: 'users' })
  })
})

it('requests are also taken as a ref or a getter, and what is shown is for reading', () => {
  const requests = createRequests(createSocket(url, { codec: json() }), { schemas })
  inComponent(() => {
    for (const given of [shallowRef(requests), () => requests]) {
      const { data, status } = useRequest(given)
      expectTypeOf(data.value).toEqualTypeOf<{ name: string } | boolean | undefined>()
      // @ts-expect-error read-only
      ;() => (status.value = 'idle')
    }
    const result: UseRequestResult = useRequest(createRequests(createSocket(url)))
    // @ts-expect-error read-only
    ;() => (result.data = ref(5))
  })
})

it('the options that Vue adds are typed, also as refs and getters', () => {
  inComponent(() => {
    useSocket(url, { environment, identity: 'ann', enabled: false, whenDeactivated: 'close' })
    useSocket(url, { environment, identity: ref('ann'), enabled: ref(false) })
    useSocket(url, { environment, identity: () => undefined, enabled: () => false })
    useSocket(url, () => ({ environment, codec }))
    useSocket(url, ref({ environment, enabled: false }))
    expectTypeOf(useSocket(null, () => ({ codec })).lastMessage.value).toEqualTypeOf<Said | undefined>()
    // @ts-expect-error keep or close
    ;() => useSocket(url, { whenDeactivated: 'pause' })
    // @ts-expect-error a name, or none
    ;() => useSocket(url, { identity: 5 })
    // @ts-expect-error yes or no
    ;() => useSocket(url, { enabled: 'no' })
  })
})

it('the plugin and provideSocket need a socket', () => {
  const app = createApp({})
  // @ts-expect-error the options are missing
  ;() => app.use(hawser)
  // @ts-expect-error socket is missing
  ;() => app.use(hawser, {})
  // @ts-expect-error a URL is not a socket
  ;() => app.use(hawser, { socket: url })
  // @ts-expect-error a URL is not a socket
  ;() => provideSocket(url)
  // @ts-expect-error a socket is no requests
  ;() => app.use(hawser, { socket: createSocket(url), requests: createSocket(url) })
  const socket = createSocket(url, { codec })
  const requests = createRequests(socket, { schemas })
  // @ts-expect-error a socket is no requests
  ;() => provideSocket(socket, { requests: socket })
  ;() => provideSocket(shallowRef(socket), { requests: () => requests })
  app.use(hawser, { socket, requests })
})
