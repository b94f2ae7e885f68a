// useRequest: a request, with what became of it.

import {
  eachField,
  forward,
  type RequestDefaults,
  type RequestFields,
  requestOnServer,
  requestTracker,
} from '@hawser/core/bindings'
import type { Requests, Schemas, TypedRequests } from '@hawser/core/requests'
import { computed, type MaybeRefOrGetter } from 'vue'
import { following } from './following'
import { given, requestsKey } from './injection'
import type { AnyReply, RegisteredRequests, RequestOf } from './register'
import { type Refs, useStore } from './use-store'

/** Each field listens from its first reading on. On a server `status` is `'idle'`. */
export interface UseRequestResult<R = Requests<'type', 'payload'>, Reply = AnyReply<R>>
  extends Refs<RequestFields<Reply>> {
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
 * changes nothing here. One that was aborted counts for nothing. Changes once per frame at most. Other requests begin anew,
 * and abort what is pending.
 *
 * @param requests what `createRequests(socket)` gave, also as a ref or getter. @default the provided ones
 * @param options for the calls that say nothing else
 * @throws {SocketError} `NO_SOCKET` without requests and none provided
 *
 * @example
 * const { request, status, error } = useRequest({ timeout: 5_000 })
 * const rename = (name: string) => request({ type: 'rename', payload: { name } })
 */
export function useRequest<Reply = AnyReply<RegisteredRequests>>(
  options?: RequestDefaults,
): UseRequestResult<RegisteredRequests, Reply>
export function useRequest<
  Reply = unknown,
  NameKey extends string = 'type',
  DataKey extends string = 'payload',
>(
  requests: MaybeRefOrGetter<Requests<NameKey, DataKey>>,
  options?: RequestDefaults,
): UseRequestResult<Requests<NameKey, DataKey>, Reply>
export function useRequest<S extends Schemas, NameKey extends string, DataKey extends string>(
  requests: MaybeRefOrGetter<TypedRequests<S, NameKey, DataKey>>,
  options?: RequestDefaults,
): UseRequestResult<TypedRequests<S, NameKey, DataKey>>
export function useRequest(...args: unknown[]): UseRequestResult<any> {
  const [requests, options] = given('useRequest', args, requestsKey)
  const tracker = computed(() => requestTracker(requests.value, () => options))
  following(tracker, (now) => now.hold())
  return {
    ...(eachField(requestOnServer, (name, onServer) =>
      useStore<unknown>(() => tracker.value.fields[name], onServer),
    ) as Refs<RequestFields<any>>),
    ...forward(() => tracker.value, 'request', 'reset'),
  }
}
