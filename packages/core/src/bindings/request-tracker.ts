// What became of the newest request of a component: for showing it.

import { quiet } from '../deferred'
import { SocketError } from '../errors'
import type { Store } from '../types'
import { eachField } from './fields'
import type { AnyRequests } from './given'
import { pacedStore } from './paced-store'
import { isServer } from './target'

interface Shown<Status, Data, Failure> {
  /** What became of the newest call; `error`: it failed. One that was aborted counts for nothing. */
  readonly status: Status
  /** The last answer that counted; it stays while the next call is pending, or when that failed. */
  readonly data: Data
  /** Why the newest call failed. */
  readonly error: Failure
}

/** The fields, each by itself. */
export type RequestFields<Reply = unknown> = Shown<
  RequestState['status'],
  Reply | undefined,
  SocketError | undefined
>

/** The fields as they come together. */
export type RequestState<Reply = unknown> =
  | Shown<'idle', undefined, undefined>
  | Shown<'pending', Reply | undefined, undefined>
  | Shown<'success', Reply, undefined>
  | Shown<'error', Reply | undefined, SocketError>

export interface RequestTracker {
  /** As that of `requests`; nobody owes the promise a `catch`. On a server it rejects with `ABORTED` and sends nothing. */
  request(message: unknown, options?: RequestCallOptions): Promise<any>
  /** Forgets what is shown, and aborts what is pending. */
  reset(): void
  /**
   * To be called at mount; what it gives, at unmount: it aborts what is pending, unless it is mounted anew at once, as by
   * StrictMode and hot reload. What was shown before is shown again then.
   */
  hold(): () => void
  /** Told once per frame, all at the same time. */
  readonly fields: { readonly [K in keyof RequestFields]: Store<RequestFields<any>[K]> }
}

/** For the calls that say nothing else. */
export interface RequestDefaults {
  /** Milliseconds from a call to its answer, whatever the connection does meanwhile. @default that of `createRequests` */
  readonly timeout?: number | undefined
  /**
   * Whether, or how many times, a request is sent again when the connection ended before the answer.
   * @default that of `createRequests`
   */
  readonly retry?: boolean | number | undefined
}

interface RequestCallOptions extends RequestDefaults {
  readonly signal?: AbortSignal | undefined
}

/** What a server renders, and a page that takes over from it. */
export const requestOnServer: RequestState = { status: 'idle', data: undefined, error: undefined }

/**
 * Makes requests, and keeps what became of the newest: a late answer to an older one settles its promise and no more.
 *
 * @param newest the options that calls have by default; read at each call
 */
export function requestTracker(
  requests: AnyRequests,
  newest: () => RequestDefaults | undefined,
): RequestTracker {
  /** What the calls before the newest came to, and with it once it is settled. */
  let settled = requestOnServer
  let now = settled
  let last: AbortController | undefined
  const pending = new Set<AbortController>()
  let isHeld = false
  let changed = () => {}

  const store = pacedStore(
    (change) => {
      changed = change
      return () => {
        changed = () => {}
      }
    },
    () => now,
  )
  const show = (next: RequestState) => {
    now = next
    changed()
  }
  const abort = (calls: Iterable<AbortController>) => {
    for (const call of calls) call.abort()
  }
  return {
    request(message, options) {
      if (isServer()) return quiet(Promise.reject(new SocketError('ABORTED', 'Servers make no requests.')))
      const call = new AbortController()
      const all: RequestCallOptions = { ...newest(), ...options }
      const { signal } = all
      const give = () => call.abort(signal?.reason)
      if (signal?.aborted) give()
      const answer = quiet(requests.request(message, { ...all, signal: call.signal }))
      signal?.addEventListener('abort', give)
      const end = (next: RequestState) => {
        pending.delete(call)
        signal?.removeEventListener('abort', give)
        if (last !== call) return
        settled = next
        show(next)
      }
      last = call
      pending.add(call)
      show({ ...settled, status: 'pending', error: undefined })
      answer.then(
        (data) => end({ status: 'success', data, error: undefined }),
        (error) => end(error?.code === 'ABORTED' ? settled : { ...settled, status: 'error', error }),
      )
      return answer
    },
    reset() {
      last = undefined
      settled = requestOnServer
      show(settled)
      abort(pending)
    },
    hold() {
      isHeld = true
      return () => {
        isHeld = false
        // Not what is asked in the course of it: a farewell.
        const left = [...pending]
        queueMicrotask(() => isHeld || abort(left))
      }
    },
    fields: eachField(requestOnServer, (name) => ({
      get: () => store.get()[name],
      subscribe: store.subscribe,
    })) as RequestTracker['fields'],
  }
}
