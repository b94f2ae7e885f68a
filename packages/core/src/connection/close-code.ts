// What follows from a close code: one table, each row with its reason.

import type { CloseInfo, Verdict } from '../types'
import { byteLength } from '../wire-data'

/** Codes that do not simply retry. Any code that is not named here, and not in 4400–4499, retries. */
const verdicts: { readonly [code: number]: Verdict } = {
  1000: 'stop', // RFC 6455 7.4.1: the purpose of the connection is fulfilled
  1002: 'stop', // a protocol error comes again with the same code on both sides
  1003: 'stop', // the server cannot take this kind of data
  1007: 'stop', // nor data that contradicts its type
  1010: 'stop', // it lacks an extension that we insist on
  1013: 'retry-slowly', // "try again later" (IANA registry)
  1015: 'retry-slowly', // a TLS failure rarely mends itself within a second
  3000: 'reauthenticate', // IANA: unauthorized
  3003: 'reauthenticate', // IANA: forbidden
  4401: 'reauthenticate', // the HTTP status in the private range, as many servers have it
  4403: 'reauthenticate',
  4408: 'retry-slowly', // HTTP 408: the server gave up waiting
  4429: 'retry-slowly', // HTTP 429: too many requests
}

/**
 * The verdict on a close, before the app's `shouldRetry`.
 *
 * @param early within `minUptime` of acceptance, or before it: a policy violation (1008) is then taken for a refused token
 * @param hasAuth without `auth` there is no fresh token to try, so a refusal stops
 */
export function verdictOf(
  { code }: CloseInfo,
  { early, hasAuth }: { early: boolean; hasAuth: boolean },
): Verdict {
  const verdict =
    verdicts[code] ??
    (code === 1008 && early ? 'reauthenticate' : code >= 4400 && code <= 4499 ? 'stop' : 'retry')
  return verdict === 'reauthenticate' && !hasAuth ? 'stop' : verdict
}

/** A code that an app may close with (WHATWG WebSockets, `close()`). */
export const isUserCloseCode = (code: number) =>
  code === 1000 || (Number.isInteger(code) && code >= 3000 && code <= 4999)

/** Cuts a close reason to 123 bytes of UTF-8, between two code points (RFC 6455 section 5.5). */
export function cutReason(reason: string): string {
  const characters = [...reason].slice(0, 123)
  while (byteLength(characters.join('')) > 123) characters.pop()
  return characters.join('')
}
