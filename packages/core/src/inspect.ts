// What may be shown: redaction of text, of errors and of their causes.

import { SocketError, type SocketErrorCode } from './errors'
import { redactUrl } from './url'

export type Redact = (text: string) => string

/** Hides what the auth session knows to be secret, then what looks like it. */
export const redactor =
  (secrets: { readonly redact: Redact } | undefined): Redact =>
  (text) =>
    redactUrl(secrets ? secrets.redact(text) : text)

/** What the app or the platform threw, as a SocketError that holds no secret: where one was found, without its cause. */
export function wrapError(code: SocketErrorCode, what: string, thrown: unknown, redact: Redact): SocketError {
  const secretive = holds(thrown, redact)
  if (thrown instanceof SocketError) {
    if (!secretive) return thrown
    const issues = thrown.issues?.map(({ message }) => ({ message: redact(message) }))
    return new SocketError(thrown.code, redact(thrown.message), issues && { issues })
  }
  return new SocketError(code, redact(`${what}: ${describe(thrown)}`), secretive ? {} : { cause: thrown })
}

/** Whether there is something to hide in a value, or it is too deep to tell. */
function holds(value: unknown, redact: Redact, depth = 5): boolean {
  if (typeof value === 'string') return redact(value) !== value
  if (typeof value !== 'object' || value === null) return false
  // A Map, a URL, a Response: what they hold cannot be seen from outside, and a console shows it all the same.
  if (
    ![Object.prototype, Array.prototype, null].includes(Object.getPrototypeOf(value)) &&
    !(value instanceof Error)
  ) {
    return true
  }
  try {
    return !depth || Reflect.ownKeys(value).some((key) => holds((value as never)[key], redact, depth - 1))
  } catch {
    return true
  }
}

function describe(thrown: unknown): string {
  try {
    return thrown instanceof Error ? thrown.message : String(thrown)
  } catch {
    return typeof thrown
  }
}
