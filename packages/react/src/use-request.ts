// useRequest: a request, with what became of it.

import {
  type AnyRequests,
  createRequestReader,
  type RequestDefaults,
  type RequestState,
  requestTracker,
} from '@hawser/core/bindings'
import type { Requests, Schemas, TypedRequests } from '@hawser/core/requests'
import { useContext, useDebugValue, useEffect } from 'react'
import type { AnyReply, RegisteredRequests, RequestOf } from './register'
import { given, RequestsContext } from './socket-context'
import { useFields } from './use-fields'
import { useKept } from './use-kept'
import { useNewest } from './use-newest'

/**
 * A component renders again when one of the fields that it read changes, and for no other. The functions stay the same for
 * as long as the requests do.
 *
 * On a server, and while hydrating, `status` is `'idle'`.
 */
export type UseRequestResult<R = Requests<'type', 'payload'>, Reply = AnyReply<R>> = RequestState<Reply> & {
  /**
   * `requests.request`: asks, and resolves with the answer, or rejects with the `SocketError` that says why there is none;
   * nobody owes it a `catch`. What is pending at unmount rejects with `ABORTED`, and is taken back where it still waits.
   * On a server it rejects with `ABORTED` at once.
   */
  readonly request: RequestOf<R, Reply>
  /** Aborts what is pending, and forgets what is shown. */
  readonly reset: () => void
}

/**
 * Asks, and shows what became of it. The newest call counts: what an older one still brings settles its own promise and
 * changes nothing here. One that was aborted counts for nothing. Renders once per frame at most, and for the fields alone
 * that were read. Other requests begin anew, and abort what is pending.
 *
 * @param requests what `createRequests(socket)` gave. @default those of the nearest `SocketProvider`
 * @param options for the calls that say nothing else; may be a new object at each render
 * @throws {SocketError} `NO_SOCKET` without requests and a provider that has some
 *
 * @example
 * function Rename({ name }: { name: string }) {
 *   const { request, status, error } = useRequest({ timeout: 5_000 })
 *   return (
 *     <button disabled={status === 'pending'} onClick={() => request({ type: 'rename', payload: { name } })}>
 *       {error ? 'Try again' : 'Rename'}
 *     </button>
 *   )
 * }
 */
export function useRequest<Reply = AnyReply<RegisteredRequests>>(
  options?: RequestDefaults,
): UseRequestResult<RegisteredRequests, Reply>
export function useRequest<
  Reply = unknown,
  NameKey extends string = 'type',
  DataKey extends string = 'payload',
>(
  requests: Requests<NameKey, DataKey>,
  options?: RequestDefaults,
): UseRequestResult<Requests<NameKey, DataKey>, Reply>
export function useRequest<S extends Schemas, NameKey extends string, DataKey extends string>(
  requests: TypedRequests<S, NameKey, DataKey>,
  options?: RequestDefaults,
): UseRequestResult<TypedRequests<S, NameKey, DataKey>>
export function useRequest(...args: unknown[]): UseRequestResult<any> {
  const provided = useContext(RequestsContext)
  const [requests, options] = given<AnyRequests>('requests', 'useRequest', args, provided)
  const newest = useNewest<RequestDefaults | undefined>(options)
  const face = useKept(requests, () => createFace(requests, () => newest.current))
  useEffect(() => face.hold(), [face])
  useDebugValue(face, ({ status }) => status.get())
  return useFields(face)
}

function createFace(requests: AnyRequests, newest: () => RequestDefaults | undefined) {
  const tracker = requestTracker(requests, newest)
  const { request, reset, hold } = tracker
  const fields = createRequestReader(tracker)
  return { hold, status: tracker.fields.status, fields, result: () => fields.readable({ request, reset }) }
}
