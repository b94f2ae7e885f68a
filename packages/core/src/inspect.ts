// What may be shown: redaction of text, of errors and of their causes.

import { SocketError, type SocketErrorCode } from './errors'
import { redactUrl } from './url'

export type Redact = (text: string) => string

/** Hides what the auth session knows to be secret, then what looks like it. */
export const redactor =
  (secrets: { readonly redact: Redact } | undefined): Redact =>
  (text) =>
    redactUrl(secrets ? secrets.redact(text) : text)

/**
 * What the app or the platform threw, as a SocketError. With `auth` it is rebuilt from redacted text, and its cause is
 * left out: a token may stand anywhere in it.
 */
export function wrapError(
  code: SocketErrorCode,
  what: string,
  thrown: unknown,
  redact: Redact,
  secretive = true,
): SocketError {
  if (thrown instanceof SocketError) {
    if (!secretive) return thrown
    const issues = thrown.issues?.map(({ message, path }) => ({ message: redact(message), path }))
    return new SocketError(thrown.code, redact(thrown.message), issues && { issues })
  }
  return new SocketError(code, redact(`${what}: ${describe(thrown)}`), secretive ? {} : { cause: thrown })
}

function describe(thrown: unknown): string {
  try {
    return thrown instanceof Error ? thrown.message : String(thrown)
  } catch {
    return typeof thrown
  }
}
