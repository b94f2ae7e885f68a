// URLs as the platform's WebSocket takes them (WHATWG WebSockets, constructor steps 2 to 8), and as they may be shown.

import { invalid } from './validate'

/**
 * The absolute `ws:` or `wss:` URL. Relative ones are resolved against `base`, `http:` and `https:` are mapped.
 *
 * @throws {SocketError} `INVALID_OPTION` for what no WebSocket takes
 */
export function resolveUrl(given: unknown, base: string | undefined): string {
  // Anything else would be taken for a path by its text, `undefined` among them.
  if (typeof given === 'string' || given instanceof URL) {
    try {
      const href = new URL(given, base).href.replace(/^http/, 'ws')
      if (/^wss?:/.test(href) && !href.includes('#')) return href
    } catch {}
  }
  throw invalid('The URL', 'ws:, wss:, http: or https:, without #', redactUrl(String(given)))
}

/** The subprotocols as a list (RFC 6455 section 4.1: tokens, none twice). @throws {SocketError} `INVALID_OPTION` */
export function resolveProtocols(given: unknown): readonly string[] {
  const list = given === undefined ? [] : typeof given === 'string' ? [given] : given
  const isToken = (name: unknown) => typeof name === 'string' && /^[\w!#$%&'*+.^`|~-]+$/.test(name)
  if (Array.isArray(list) && list.every((name, i) => isToken(name) && list.indexOf(name) === i)) {
    return list
  }
  throw invalid('protocols', 'different tokens', given)
}

/** Where a URL leads: this machine, its own network, or beyond. */
export type Reach = 'loopback' | 'lan' | 'internet'

/** Private addresses (RFC 1918, RFC 3927, RFC 4193), names without a dot and those of mDNS (RFC 6762) are of the LAN. */
export function reachOf(url: string): Reach {
  const { hostname } = new URL(url)
  if (/^((.+\.)?localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)) return 'loopback'
  return /^(10(\.\d+){3}|192\.168(\.\d+){2}|172\.(1[6-9]|2\d|3[01])(\.\d+){2}|169\.254(\.\d+){2}|\[f[cde].*|[^.[]+|.+\.local)$/.test(
    hostname,
  )
    ? 'lan'
    : 'internet'
}

/** Hides passwords and whatever a query parameter with a telling name holds. */
export const redactUrl = (text: string) =>
  text
    .replace(/(\/\/)[^/?#\s]*@/g, '$1[redacted]@')
    .replace(
      /([?&][^?=&#\s]*(?:token|key|secret|auth|pass|ticket|jwt|sig)[^?=&#\s]*=)[^&#\s"']*/gi,
      '$1[redacted]',
    )
