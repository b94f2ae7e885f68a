// jsonRpc: requests as JSON-RPC 2.0 has them (jsonrpc.org/specification).

import { text, validate } from '../validate'
import type { Protocol, Reading } from './protocol'

export interface JsonRpcOptions {
  /**
   * Method of the notification, with params `{ id }`, that takes a request back, either way; such as `$/cancelRequest` of the
   * Language Server Protocol. @default none: JSON-RPC has none
   */
  readonly cancel?: string
  /**
   * Method of the notification, with params `{ token, value }`, that brings a part of the answer to the request whose id is
   * `token`; such as `$/progress` of the Language Server Protocol. The response ends the stream; a result other than `null`
   * is the last part. @default none: JSON-RPC has no streams, and `stream()` throws
   */
  readonly progress?: string
}

const failures = {
  unknown: { code: -32601, message: 'Method not found' },
  failed: { code: -32603, message: 'Internal error' },
}

/**
 * JSON-RPC 2.0: calls as `{ method, params }`, with batches both ways (section 6). `cause` of a `REQUEST_FAILED` is the error
 * object (section 5.1). Requests without a handler are answered with -32601, those whose handler threw with -32603.
 * What says that it is JSON-RPC and is none, or belongs to no request, is ignored.
 *
 * @throws {SocketError} `INVALID_OPTION`
 */
export function jsonRpc(options: JsonRpcOptions = {}): Protocol<'method', 'params'> {
  validate('jsonRpc', options, { cancel: text, progress: text })
  const { cancel, progress } = options
  const make = (rest: object) => ({ jsonrpc: '2.0', ...rest })
  const read = (message: any): Reading | undefined => {
    if (message?.jsonrpc !== '2.0') return undefined
    const { id, method: name, params: data, result, error } = message
    if (typeof name !== 'string') {
      if (error) return { kind: 'error', id, data: error }
      return { kind: progress && result === null ? 'complete' : 'reply', id, data: result }
    }
    if (id !== undefined) return { kind: 'request', id, name, data }
    if (name === progress) return { kind: 'next', id: data?.token, data: data?.value }
    if (name === cancel) return { kind: 'cancel', id: data?.id }
    return { kind: 'notification', name, data }
  }
  return {
    nameKey: 'method',
    dataKey: 'params',
    streams: progress !== undefined,
    request: (id, method, params) => make({ id, method, params }),
    notify: (method, params) => make({ method, params }),
    // A result has to be there (section 5).
    answer: (id, result = null) => make({ id, result }),
    refuse: (id, why) => make({ id, error: failures[why] }),
    cancel: cancel === undefined ? undefined : (id) => make({ method: cancel, params: { id } }),
    refusesUnknown: true,
    batch: (messages) => messages,
    read: (message) =>
      Array.isArray(message) && read(message[0]) ? message.flatMap((one) => read(one) ?? []) : read(message),
  }
}
