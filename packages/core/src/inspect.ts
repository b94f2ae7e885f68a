// What may be shown: redaction of text, of errors and of their causes.

import { SocketError, type SocketErrorCode } from './errors'
import { redactUrl } from './url'

export type Redact = (text: string) => string

/** Hides what the auth session knows to be secret, then what looks like it. */
export const redactor =
  (secrets: { readonly redact: Redact } | undefined): Redact =>
  (text) =>
    redactUrl(secrets ? secrets.redact(text) : text)

/** What the app or the platform threw, as a SocketError that holds no secret, in its message or below. */
export function wrapError(code: SocketErrorCode, what: string, thrown: unknown, redact: Redact): SocketError {
  if (thrown instanceof SocketError) return thrown
  const shown = redact(thrown instanceof Error ? thrown.message : String(thrown))
  const told = thrown instanceof Error ? `${thrown.message}${thrown.stack}${thrown.cause}` : String(thrown)
  return new SocketError(code, `${what}: ${shown}`, { cause: redact(told) === told ? thrown : new Error(shown) })
}
