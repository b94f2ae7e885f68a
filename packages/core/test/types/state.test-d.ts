// The types of what can be read: one union on `status`, stores, events, receipts, errors. Checked by tsc, never run.
import { expectTypeOf } from 'vitest'
import {
  type CloseInfo,
  type ConnectingState,
  createSocket,
  type Drop,
  type OpenState,
  type QueueState,
  type Receipt,
  SocketError,
  type SocketErrorCode,
  type SocketState,
  type Store,
  type SuspendedState,
  type UnauthorizedState,
  type WaitingState,
} from '../../src'

const socket = createSocket('wss://a.test/')

// ---------------------------------------------------------------- the union

function describe(state: SocketState): string {
  // @ts-expect-error not every state has it
  state.attempt
  // @ts-expect-error nor this
  state.cause
  switch (state.status) {
    case 'idle':
      // @ts-expect-error nothing was tried yet
      return state.attempt
    case 'connecting':
      expectTypeOf(state).toEqualTypeOf<ConnectingState>()
      expectTypeOf(state.attempt).toEqualTypeOf<number>()
      // @ts-expect-error it is not open yet
      state.since
      return state.phase
    case 'open':
      expectTypeOf(state).toEqualTypeOf<OpenState>()
      // @ts-expect-error there is nothing to retry
      state.retryAt
      // @ts-expect-error nothing ended
      state.cause
      return `${state.since} ${state.protocol} ${state.suspect} ${state.rotating}`
    case 'waiting':
      expectTypeOf(state).toEqualTypeOf<WaitingState>()
      expectTypeOf(state.cause).toEqualTypeOf<CloseInfo>()
      // @ts-expect-error no attempt is under way
      state.phase
      return `retrying in ${state.retryAt - Date.now()} ms, attempt ${state.attempt}`
    case 'suspended':
      expectTypeOf(state).toEqualTypeOf<SuspendedState>()
      expectTypeOf(state.why).toEqualTypeOf<'offline' | 'hidden'>()
      expectTypeOf(state.cause).toEqualTypeOf<CloseInfo>()
      // @ts-expect-error nobody knows when it ends
      state.retryAt
      return `${state.why}, before attempt ${state.attempt}`
    case 'unauthorized':
      expectTypeOf(state).toEqualTypeOf<UnauthorizedState>()
      return state.error.message
    case 'closing':
      // @ts-expect-error it has not ended yet
      state.cause
      return String(state.draining)
    case 'closed':
      expectTypeOf(state.cause).toEqualTypeOf<CloseInfo>()
      return state.cause.origin
    default:
      return state satisfies never
  }
}
void describe

{
  const state = socket.state.get()
  // @ts-expect-error there is no such status
  if (state.status === 'disconnected') void state
  if (state.status === 'connecting') {
    expectTypeOf(state.phase).toEqualTypeOf<'credentials' | 'transport' | 'handshake'>()
    // @ts-expect-error snapshots never change
    state.attempt = 0
  }
  // @ts-expect-error nor does the status
  state.status = 'open'
}

expectTypeOf<CloseInfo['origin']>().toEqualTypeOf<
  'user' | 'server' | 'network' | 'timeout' | 'heartbeat' | 'page' | 'auth' | 'rotation'
>()
expectTypeOf<CloseInfo['uncertain']>().toEqualTypeOf<{ readonly messages: number; readonly bytes: number }>()

// ---------------------------------------------------------------- stores

expectTypeOf(socket.state).toExtend<Store<SocketState>>()
expectTypeOf(socket.queue).toExtend<Store<QueueState>>()
expectTypeOf(socket.latency).toExtend<Store<number | undefined>>()
expectTypeOf(socket.queue.drained()).toEqualTypeOf<Promise<void>>()
expectTypeOf(socket.state.subscribe(() => {})).toEqualTypeOf<() => void>()
// @ts-expect-error subscribers are told that something changed, not what: get() says
socket.state.subscribe((state: SocketState) => state)
// @ts-expect-error a store is read, not written
socket.state.set({ status: 'open' })
// @ts-expect-error nor is it replaced
socket.state = createSocket('wss://a.test/').state

// ---------------------------------------------------------------- events

expectTypeOf(socket.on('open', () => {})).toEqualTypeOf<() => void>()
socket.on('open', (open) => expectTypeOf(open).toEqualTypeOf<OpenState>())
socket.on('close', (close) => expectTypeOf(close).toEqualTypeOf<CloseInfo>())
socket.on('error', (error) => expectTypeOf(error).toEqualTypeOf<SocketError>())
socket.on('drop', (drop) => expectTypeOf(drop).toEqualTypeOf<Drop>())
socket.on('state', (state) => expectTypeOf(state).toEqualTypeOf<SocketState>())
expectTypeOf(socket.once('close')).resolves.toEqualTypeOf<CloseInfo>()
expectTypeOf(
  socket.once('open', { signal: new AbortController().signal }),
).resolves.toEqualTypeOf<OpenState>()
// Asynchronous listeners are fine: what they reject with is reported.
socket.on('open', async () => {})
// @ts-expect-error there is no such event
socket.on('disconnect', () => {})
// @ts-expect-error nor is that one for apps
socket.on('queue', () => {})
// @ts-expect-error a close is no error
socket.on('close', (error: SocketError) => error)
// @ts-expect-error a listener is a function
socket.on('open', 'log')
// @ts-expect-error removal is by what on() returned
socket.off('open', () => {})

// ---------------------------------------------------------------- receipts

const receipt = socket.send('hi', {
  ttl: 5_000,
  key: 'draft',
  queue: true,
  signal: new AbortController().signal,
})
expectTypeOf(receipt).toEqualTypeOf<Receipt>()
expectTypeOf(receipt.id).toEqualTypeOf<string>()
expectTypeOf(receipt.status).toEqualTypeOf<'queued' | 'sent' | 'confirmed' | 'dropped'>()
expectTypeOf(receipt.sent).toEqualTypeOf<Promise<void>>()
expectTypeOf(receipt.cancel()).toEqualTypeOf<boolean>()
// @ts-expect-error the socket says what became of it
receipt.status = 'sent'
// @ts-expect-error milliseconds
socket.send('hi', { ttl: '5s' })
// @ts-expect-error a name
socket.send('hi', { key: 7 })
// @ts-expect-error there is no such option
socket.send('hi', { timeout: 5 })

// ---------------------------------------------------------------- errors

{
  const error = new SocketError('QUEUE_FULL', 'why', {
    cause: new Error('below'),
    issues: [{ message: 'no', path: ['a', 0] }],
  })
  expectTypeOf(error).toExtend<Error>()
  expectTypeOf(error.name).toExtend<string>()
  expectTypeOf(error.code).toEqualTypeOf<SocketErrorCode>()
  if (error.code === 'EXPIRED') expectTypeOf(error.code).toEqualTypeOf<'EXPIRED'>()
  expectTypeOf<
    'CLOSED' | 'UNAUTHORIZED' | 'QUEUE_FULL' | 'DECODE' | 'INVALID_OPTION'
  >().toExtend<SocketErrorCode>()
  expectTypeOf<string>().not.toExtend<SocketErrorCode>()
  // @ts-expect-error codes are literals: this one cannot be
  if (error.code === 'QUEUE_FUL') void error
  // @ts-expect-error nor can it be made
  new SocketError('NOPE', 'why')
  // @ts-expect-error codes do not change
  error.code = 'EXPIRED'
}
