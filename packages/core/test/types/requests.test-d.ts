// The types of requests: calls by protocol, data and answers by schema. Checked by tsc, never run.
import { expectTypeOf } from 'vitest'
import { z } from 'zod'
import { createSocket, json, type Receipt } from '../../src'
import {
  type CallOf,
  createRequests,
  createResponder,
  jsonRpc,
  type Protocol,
  type ReplyOf,
  type Requests,
  type RequestsOptions,
  type TypedRequests,
} from '../../src/requests'

const socket = createSocket('wss://a.test/', { codec: json() })

// ---------------------------------------------------------------- without schemas

{
  const requests = createRequests(socket)
  expectTypeOf(requests).toEqualTypeOf<Requests<'type', 'payload'>>()
  expectTypeOf(requests.request({ type: 'user', payload: { id: 1 } })).toEqualTypeOf<Promise<unknown>>()
  expectTypeOf(requests.request<string>({ type: 'user' })).toEqualTypeOf<Promise<string>>()
  expectTypeOf(requests.stream<number>({ type: 'n' })).toEqualTypeOf<AsyncIterableIterator<number>>()
  expectTypeOf(requests.notify({ type: 'seen' })).toEqualTypeOf<Receipt>()
  expectTypeOf(requests.batch([{ type: 'a' }, { type: 'b' }])).toEqualTypeOf<
    [Promise<unknown>, Promise<unknown>]
  >()
  createResponder(socket).handle('confirm', (question: { readonly text: string }, { signal }) => [
    question.text,
    signal.aborted,
  ])
  // @ts-expect-error a call has a type
  requests.request({ payload: 1 })
  // @ts-expect-error these are the names of another protocol
  requests.request({ method: 'user', params: [] })
  // @ts-expect-error there is no such option
  requests.request({ type: 'user' }, { ttl: 1 })
  // @ts-expect-error a buffer is for streams
  requests.request({ type: 'user' }, { buffer: 1 })
  // @ts-expect-error yes is no number of times
  requests.request({ type: 'user' }, { retry: 'yes' })
}

// ---------------------------------------------------------------- other protocols

{
  const requests = createRequests(socket, { protocol: jsonRpc(), retry: 2 })
  expectTypeOf(requests).toEqualTypeOf<Requests<'method', 'params'>>()
  requests.request({ method: 'user', params: [1] })
  // @ts-expect-error these are the names of another protocol
  requests.request({ type: 'user' })
  const own = {} as Protocol<'name', 'args'>
  createRequests(socket, { protocol: own }).request({ name: 'user', args: 1 })
  const options: RequestsOptions<'type', 'payload'> = {}
  expectTypeOf(createRequests(socket, options)).toEqualTypeOf<Requests<'type', 'payload'>>()
}

// ---------------------------------------------------------------- with schemas

{
  const schemas = {
    user: { request: z.object({ id: z.coerce.number<string>() }), reply: z.object({ name: z.string() }) },
    prices: { request: z.string().optional(), reply: z.number() },
    ping: {},
  }
  const requests = createRequests(socket, { schemas })
  expectTypeOf(requests).toEqualTypeOf<TypedRequests<typeof schemas, 'type', 'payload'>>()
  const user = requests.request({ type: 'user', payload: { id: '1' } })
  expectTypeOf(user).toEqualTypeOf<Promise<{ name: string }>>()
  expectTypeOf(requests.request({ type: 'ping' })).toEqualTypeOf<Promise<unknown>>()
  expectTypeOf(requests.stream({ type: 'prices' })).toEqualTypeOf<AsyncIterableIterator<number>>()
  expectTypeOf(requests.batch([{ type: 'prices', payload: 'EUR' }, { type: 'ping' }])).toEqualTypeOf<
    [Promise<number>, Promise<unknown>]
  >()
  expectTypeOf<ReplyOf<typeof schemas, 'user'>>().toEqualTypeOf<{ name: string }>()
  expectTypeOf<CallOf<typeof schemas, 'prices'>['payload']>().toEqualTypeOf<string | undefined>()
  requests.notify({ type: 'prices', payload: 'EUR' })
  // @ts-expect-error no schema has that name
  requests.request({ type: 'other' })
  // @ts-expect-error the data is missing
  requests.request({ type: 'user' })
  // @ts-expect-error the data is of another shape
  requests.request({ type: 'user', payload: { id: true } })
  // @ts-expect-error the data belongs to another name
  requests.notify({ type: 'prices', payload: { id: '1' } })
  const rpc = createRequests(socket, { protocol: jsonRpc(), schemas })
  expectTypeOf(rpc.request({ method: 'user', params: { id: '1' } })).toEqualTypeOf<
    Promise<{ name: string }>
  >()
  // @ts-expect-error the names of another protocol
  rpc.request({ type: 'user', payload: { id: '1' } })
}
