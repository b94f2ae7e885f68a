// The types of options: what must compile, and what must not. Checked by tsc, never run.
import { expectTypeOf } from 'vitest'
import {
  type AttemptContext,
  type CloseInfo,
  createSocket,
  exponentialBackoff,
  heartbeat,
  json,
  offlineQueue,
  type RetryContext,
  rotation,
  SocketError,
  type TokenContext,
  tokenAuth,
  type Verdict,
  wsPings,
} from '../../src'

const url = 'wss://a.test/'

// ---------------------------------------------------------------- all that there is

createSocket(url, {
  protocols: ['v2', 'v1'],
  auth: tokenAuth({ getToken: () => 'token' }),
  onHandshake: async ({ send, receive, putBack, signal, codec }) => {
    send({ type: 'hello', codec })
    const reply = await receive()
    expectTypeOf(reply).toBeUnknown()
    expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
    putBack(reply)
  },
  queue: offlineQueue({ maxMessages: 10, maxBytes: 1_000, overflow: 'drop-oldest', ttl: 1_000 }),
  heartbeat: heartbeat({
    interval: 1_000,
    timeout: 500,
    ping: () => ({ op: 'ping' }),
    isPong: (message, ping) => message === 'pong' && ping.op === 'ping',
    passive: false,
    isPing: (message) => message === 'ping',
    pong: (ping: unknown) => ({ op: 'pong', ping }),
  }),
  codec: json(),
  retries: 5,
  retryDelay: exponentialBackoff({ first: 500, factor: 2, max: 10_000 }),
  shouldRetry: (close, verdict) => {
    expectTypeOf(close).toEqualTypeOf<CloseInfo>()
    expectTypeOf(verdict).toEqualTypeOf<Verdict>()
    return verdict !== 'stop'
  },
  retryAfter: ({ reason }) => Number(reason) || undefined,
  connectTimeout: 1,
  handshakeTimeout: 1,
  closeTimeout: 1,
  minUptime: 1,
  whenHidden: 'suspend',
  whenOffline: 'suspend',
  rotation: rotation({
    linger: 1,
    fenceTimeout: 1,
    goingAway: (message) => {
      expectTypeOf(message).toBeUnknown()
      return message === 'bye' ? 5_000 : undefined
    },
  }),
  binaryType: 'blob',
  highWaterMark: 1,
  lowWaterMark: 0,
  inboundBuffer: 1,
  allowInsecure: true,
  environment: {
    WebSocket,
    random: Math.random,
    network: {
      isOnline: () => true,
      subscribe: (listener) => {
        expectTypeOf(listener).toEqualTypeOf<(signal: 'online' | 'offline' | 'change') => void>()
        return () => {}
      },
    },
    page: {
      isHidden: () => false,
      subscribe: (listener) => {
        listener('visible')
        // @ts-expect-error there is no such signal
        listener('unload')
        return () => {}
      },
    },
    protocolPings: wsPings,
  },
  inspect: (event) => {
    if (event.type === 'close') expectTypeOf(event.close).toEqualTypeOf<CloseInfo>()
    if (event.type === 'attempt') expectTypeOf(event.attempt.url).toEqualTypeOf<string>()
    // @ts-expect-error payloads are not shown
    if (event.type === 'message') void event
  },
})

createSocket(new URL(url))
createSocket(async ({ attempt, cause, signal }) => {
  expectTypeOf({ attempt, cause, signal }).toEqualTypeOf<{
    attempt: number
    cause: CloseInfo | undefined
    signal: AbortSignal
  }>()
  return new URL(url)
})
createSocket(url, { protocols: 'v2', queue: false })
createSocket(url, {
  protocols: async (context) => {
    expectTypeOf(context).toEqualTypeOf<AttemptContext>()
    return ['v2']
  },
})
createSocket(url, {
  retryDelay: ({ attempt, random, cause }) => {
    expectTypeOf({ attempt, random, cause }).toEqualTypeOf<{
      attempt: number
      random: () => number
      cause: CloseInfo
    }>()
    return attempt * 1_000 * random()
  },
})
expectTypeOf(exponentialBackoff()).toEqualTypeOf<(context: RetryContext) => number>()

// ---------------------------------------------------------------- createSocket: what is wrong

// @ts-expect-error a URL is needed
createSocket()
// @ts-expect-error not a URL
createSocket(42)
// @ts-expect-error a function of a URL gives one
createSocket(() => 42)
// @ts-expect-error a count
createSocket(url, { retries: '3' })
// @ts-expect-error one word for one thing: it is called retries
createSocket(url, { maxRetries: 3 })
// @ts-expect-error milliseconds or a function of them is not what it takes: a function alone
createSocket(url, { retryDelay: 1_000 })
// @ts-expect-error milliseconds, not later
createSocket(url, { retryDelay: async () => 1_000 })
// @ts-expect-error true or false
createSocket(url, { shouldRetry: () => 'stop' })
// @ts-expect-error a queue or false
createSocket(url, { queue: true })
// @ts-expect-error made by offlineQueue()
createSocket(url, { queue: { maxMessages: 3 } })
// @ts-expect-error made by heartbeat()
createSocket(url, { heartbeat: 25_000 })
// @ts-expect-error made by tokenAuth()
createSocket(url, { auth: { getToken: () => 'token' } })
// @ts-expect-error a codec, not its name
createSocket(url, { codec: 'json' })
// @ts-expect-error made by rotation()
createSocket(url, { rotation: { linger: 5_000 } })
// @ts-expect-error what is open stays open: only how it is replaced is chosen
createSocket(url, { whenHidden: 'close' })
// @ts-expect-error a machine that says that it is offline is not tried as ever
createSocket(url, { whenOffline: 'keep' })
// @ts-expect-error whoever subscribes must be able to leave
createSocket(url, { environment: { network: { isOnline: () => true, subscribe: () => {} } } })
// @ts-expect-error it says whether it is hidden, too
createSocket(url, { environment: { page: { subscribe: () => () => {} } } })
// @ts-expect-error what browsers and ws both have
createSocket(url, { binaryType: 'nodebuffer' })
// @ts-expect-error names of subprotocols
createSocket(url, { protocols: [1] })
// @ts-expect-error milliseconds
createSocket(url, { connectTimeout: '10s' })
// @ts-expect-error a class
createSocket(url, { environment: { WebSocket: {} } })
// @ts-expect-error a function
createSocket(url, { inspect: console })

// ---------------------------------------------------------------- tokenAuth

tokenAuth({
  getToken: async (context) => {
    expectTypeOf(context).toEqualTypeOf<TokenContext>()
    expectTypeOf(context.reason).toEqualTypeOf<'connect' | 'expiring' | 'rejected'>()
    if (context.reason === 'rejected') throw new SocketError('UNAUTHORIZED', 'signed out')
    return { token: 'token', expiresAt: Date.now() }
  },
  attach: 'message',
  message: (token) => ({ login: token }),
  isAccepted: (message) => {
    expectTypeOf(message).toBeUnknown()
    return message === 'welcome'
  },
  isRejected: () => false,
  leeway: 5_000,
})
tokenAuth({ getToken: () => null })
tokenAuth({
  getToken: () => 't',
  attach: (token, request) => ({ ...request, url: `${request.url}/${token}` }),
})
// @ts-expect-error getToken is needed
tokenAuth({})
// @ts-expect-error a function, for tokens expire
tokenAuth({ getToken: 'token' })
// @ts-expect-error null for signed out, not undefined
tokenAuth({ getToken: () => undefined })
// @ts-expect-error a token is text
tokenAuth({ getToken: () => 42 })
// @ts-expect-error there is no such way
tokenAuth({ getToken: () => 't', attach: 'cookie' })
// @ts-expect-error it gives a request, not a URL
tokenAuth({ getToken: () => 't', attach: (token: string) => `wss://a.test/${token}` })

// ---------------------------------------------------------------- the other values

// @ts-expect-error there is no such policy
offlineQueue({ overflow: 'drop' })
// @ts-expect-error milliseconds
offlineQueue({ ttl: '1m' })
// @ts-expect-error milliseconds
heartbeat({ interval: '25s' })
// @ts-expect-error it says whether, not what
heartbeat({ isPong: () => 'pong' })
// @ts-expect-error it says whether, not what
heartbeat({ isPing: 'ping' })
// @ts-expect-error true or false
heartbeat({ passive: 'yes' })
// @ts-expect-error milliseconds
rotation({ linger: '5s' })
// @ts-expect-error it says when, not whether
rotation({ goingAway: () => true })
// @ts-expect-error it is called renew
tokenAuth({ getToken: () => 't', rotate: true })
// @ts-expect-error there is no such way
tokenAuth({ getToken: () => 't', renew: 'later' })
// @ts-expect-error it is called max
exponentialBackoff({ cap: 10_000 })

// ---------------------------------------------------------------- members

const socket = createSocket(url)
expectTypeOf(socket.close(1000, 'bye', { drain: 2_000 })).toEqualTypeOf<Promise<void>>()
expectTypeOf(socket.rotate()).toEqualTypeOf<void>()
expectTypeOf(socket.retain()).toEqualTypeOf<() => void>()
expectTypeOf(socket.opened({ signal: new AbortController().signal })).toEqualTypeOf<Promise<void>>()
expectTypeOf(socket.use({ name: 'x', incoming: () => true })).toEqualTypeOf<() => void>()
expectTypeOf(socket[Symbol.asyncDispose]()).toEqualTypeOf<Promise<void>>()
// @ts-expect-error a number
socket.close('1000')
// @ts-expect-error milliseconds
socket.close(1000, 'bye', { drain: true })
// @ts-expect-error an extension has a name
socket.use({ incoming: () => true })
