// What must compile, and what must not: the types of the codec reach the component.
import {
  createSocket,
  json,
  type Receipt,
  type Socket,
  type SocketState,
  type StandardSchema,
} from '@hawser/core'
import { renderToString } from 'react-dom/server'
import { expectTypeOf, it } from 'vitest'
import { SocketProvider, useSocket, useSocketState } from '../src'
import { Show } from './support/set-up'

type Said = { readonly type: 'said'; readonly text: string }
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
