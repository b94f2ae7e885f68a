// envelope: requests as { id, type, payload }.

import type { Protocol, Reading, RequestId } from './protocol'

const answers = ['reply', 'error', 'next', 'complete']
/** How the ids of our requests end: of this page, or of one before whose requests were kept in a store. */
const own = /-r\d+$/

/**
 * Requests as `{ id, type, payload }`, the answer to one as `{ id, type: 'reply', payload }` or
 * `{ id, type: 'error', payload }`; in parts as any number of `{ id, type: 'next', payload }` and a last
 * `{ id, type: 'complete' }`. `{ id, type: 'cancel' }` takes a request back. All that the other way round as well.
 *
 * What has a `type` that is handled is a request of the server's, or without an `id` a notification. One whose handler
 * threw is answered with `{ type: 'error', payload: { code: 'failed' } }`. All else is the app's: its messages may have ids
 * and types too, but for answers whose id is like those of requests.
 */
export function envelope(): Protocol<'type', 'payload'> {
  const make = (id: RequestId, type: string, payload?: unknown) => ({ id, type, payload })
  return {
    nameKey: 'type',
    dataKey: 'payload',
    streams: true,
    request: make,
    notify: (type, payload) => ({ type, payload }),
    answer: (id, value) => make(id, 'reply', value),
    refuse: (id, code) => make(id, 'error', { code }),
    cancel: (id) => make(id, 'cancel'),
    read(message) {
      const { id, type, payload: data } = (message ?? {}) as Record<string, any>
      if (typeof type !== 'string') return undefined
      if (id === undefined) return { kind: 'notification', name: type, data }
      if (typeof id !== 'string' && typeof id !== 'number') return undefined
      if (!answers.includes(type)) return { kind: type === 'cancel' ? type : 'request', id, name: type, data }
      return own.test(String(id)) ? { kind: type as Reading['kind'], id, data } : undefined
    },
  }
}
