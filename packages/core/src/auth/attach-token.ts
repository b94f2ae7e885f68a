// Where a token goes in a connect request, and where it must not go.

import { SocketError } from '../errors'
import type { ConnectRequest } from '../types'
import { reachOf } from '../url'

export type Attach =
  | 'query'
  | 'protocol'
  | 'message'
  | 'header'
  | ((token: string, request: ConnectRequest) => ConnectRequest)

export function attachToken(
  request: ConnectRequest,
  token: string,
  { attach, param }: { attach: Attach; param: string },
): ConnectRequest {
  const { url, protocols, headers } = request
  switch (attach) {
    case 'query':
      return {
        ...request,
        url: `${url}${url.includes('?') ? '&' : '?'}${param}=${encodeURIComponent(token)}`,
      }
    case 'protocol':
      // Last: a server that does not choose for itself takes the first.
      return { ...request, protocols: [...protocols, base64url(token)] }
    case 'header':
      return { ...request, headers: { ...headers, authorization: `Bearer ${token}` } }
    case 'message':
      return request
    default:
      return attach(token, request)
  }
}

/** @throws {SocketError} `INSECURE_TOKEN`, `INVALID_OPTION` */
export function checkAttach(
  { url, protocols }: ConnectRequest,
  attach: Attach,
  allowInsecure: boolean,
): void {
  if (!allowInsecure && /^ws:/.test(url) && reachOf(url) !== 'loopback') {
    throw new SocketError('INSECURE_TOKEN', 'A token must not go over ws: use wss:, or allowInsecure.')
  }
  if (attach === 'protocol' && !protocols.length) {
    throw new SocketError('INVALID_OPTION', "attach: 'protocol' wants a real one in `protocols` too.")
  }
}

/** Without padding: every character of it may stand in a subprotocol (RFC 7230 token; RFC 6455 section 4.1). */
export const base64url = (text: string) =>
  btoa(String.fromCharCode(...new TextEncoder().encode(text)))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=+$/, '')

/** When a JWT expires (ms since the epoch), if it is one and says so (RFC 7519 section 4.1.4). */
export function expiryOf(token: string): number | undefined {
  try {
    const { exp } = JSON.parse(atob((token.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/')))
    return typeof exp === 'number' ? exp * 1_000 : undefined
  } catch {
    return undefined
  }
}
