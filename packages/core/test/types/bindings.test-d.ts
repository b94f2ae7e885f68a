// The types of the bindings: what frameworks' faces are made of. Checked by tsc, never run.
import { expectTypeOf } from 'vitest'
import type { Receipt, Socket, SocketError, SocketState, Store } from '../../src'
import {
  type AnyRequests,
  type AnySocket,
  createFieldReader,
  createRequestReader,
  fieldStores,
  fieldsOnServer,
  isSocket,
  lastMessage,
  type MessageFilter,
  messageLog,
  type RequestState,
  requestTracker,
  type SentMessage,
  type SharedSocketOptions,
  type SocketFields,
  type SocketUrl,
  sentMessages,
  shareSocket,
} from '../../src/bindings'
import { createRequests, jsonRpc } from '../../src/requests'

type In = { type: 'said'; text: string } | { type: 'left'; who: string }
type Out = { type: 'say'; text: string }
declare const socket: Socket<In, Out>

// ---------------------------------------------------------------- messages

{
  const log = messageLog(socket, () => ({ filter: (message) => message.type === 'said', limit: 5 }))
  expectTypeOf(log).toEqualTypeOf<Store<readonly In[]>>()
  // @ts-expect-error nobody changes what is shown
  log.get().push({ type: 'left', who: 'Ada' })
  // @ts-expect-error a filter answers at once
  messageLog(socket, () => ({ filter: async () => true }))
  // @ts-expect-error no such message
  messageLog(socket, () => ({ filter: (message) => message.type === 'shouted' }))
  // @ts-expect-error a number
  messageLog(socket, () => ({ limit: '5' }))
  // @ts-expect-error there is no such option
  messageLog(socket, () => ({ max: 5 }))

  expectTypeOf(lastMessage(socket)).toEqualTypeOf<Store<In | undefined>>()
  lastMessage(socket, () => undefined)

  // A guard says what is left.
  const isSaid: MessageFilter<In, Extract<In, { type: 'said' }>> = (message) => message.type === 'said'
  lastMessage(socket, () => isSaid)
}

// ---------------------------------------------------------------- what was sent

{
  const sent = sentMessages(socket, () => ({ limit: undefined }))
  expectTypeOf(sent.send({ type: 'say', text: 'hi' }, { ttl: 1 })).toEqualTypeOf<Receipt>()
  expectTypeOf(sent.get()).toEqualTypeOf<readonly SentMessage<Out>[]>()
  expectTypeOf<SentMessage<Out>['status']>().toEqualTypeOf<'queued' | 'sent' | 'confirmed' | 'dropped'>()
  // @ts-expect-error no message of this socket
  sent.send({ type: 'shout' })
  const [one] = sent.get()
  // @ts-expect-error there may be none
  one.message
  // @ts-expect-error the fate is the socket's to tell
  if (one) one.status = 'sent'
}

// ---------------------------------------------------------------- fields

{
  expectTypeOf(fieldStores.status(socket)).toEqualTypeOf<Store<SocketState['status']>>()
  expectTypeOf(fieldStores.latency(socket)).toEqualTypeOf<Store<number | undefined>>()
  expectTypeOf(fieldStores.queued(socket)).toEqualTypeOf<Store<number>>()
  expectTypeOf(fieldStores.error(socket)).toEqualTypeOf<Store<SocketError | undefined>>()
  expectTypeOf(fieldsOnServer).toEqualTypeOf<SocketFields>()

  const reader = createFieldReader({ socket })
  expectTypeOf(reader.read('queued')).toEqualTypeOf<number>()
  expectTypeOf(reader.version()).toEqualTypeOf<number>()
  // @ts-expect-error no field of a socket
  reader.read('url')
  // @ts-expect-error the socket may be made later, so it is read from something
  createFieldReader(socket)
}

// ---------------------------------------------------------------- requests

{
  const plain = createRequests(socket)
  const typed = createRequests(socket, { protocol: jsonRpc(), schemas: { user: {} } })
  for (const requests of [plain, typed]) expectTypeOf(requests).toExtend<AnyRequests>()
  expectTypeOf(socket).not.toExtend<AnyRequests>()

  const tracker = requestTracker(plain, () => ({ timeout: 5, retry: undefined }))
  expectTypeOf(tracker.fields.error).toEqualTypeOf<Store<SocketError | undefined>>()
  expectTypeOf(tracker.hold()).toEqualTypeOf<() => void>()
  // @ts-expect-error a signal is of one call
  requestTracker(plain, () => ({ signal: new AbortController().signal }))

  const reader = createRequestReader(tracker)
  expectTypeOf(reader.read('status')).toEqualTypeOf<RequestState['status']>()
  // @ts-expect-error no field of a request
  reader.read('queued')

  const state: RequestState<string> = { status: 'success', data: 'Ada', error: undefined }
  if (state.status === 'success') expectTypeOf(state.data).toEqualTypeOf<string>()
  // @ts-expect-error what failed has an error
  const failed: RequestState = { status: 'error', data: undefined, error: undefined }
  void failed
}

// ---------------------------------------------------------------- sharing

{
  const given = { url: 'wss://a.test/', options: undefined }
  const shared = shareSocket(given)
  expectTypeOf(shared.socket).toEqualTypeOf<AnySocket>()
  expectTypeOf(shared.hold(given, true)).toEqualTypeOf<() => void>()
  // @ts-expect-error whose it is, is its own to say
  shared.socket = socket

  for (const url of ['/live', new URL('wss://a.test/'), () => '/live', async () => new URL('wss://a.test/')])
    expectTypeOf(url).toExtend<SocketUrl>()
  expectTypeOf<null>().not.toExtend<SocketUrl>()
  // Options whose parts are not there yet are fine.
  const options: SharedSocketOptions = { identity: undefined, enabled: undefined, retries: 3 }
  void options
  // @ts-expect-error a name, not an object
  const wrong: SharedSocketOptions = { identity: { id: 1 } }
  void wrong
}

declare const anything: unknown
if (isSocket(anything)) expectTypeOf(anything).toEqualTypeOf<AnySocket>()
