// The tokens of one issuer: signed, verified, revoked, and remembered by number in the order in which they were issued.

import { randomBytes, randomUUID } from 'node:crypto'
import { jwtVerify, SignJWT } from 'jose'

export interface TokenKind {
  /**
   * `jwt`: signed with HS256. `opaque`: says nothing to a client, and has the characters of base64 that URLs and
   * subprotocols do not take. @default 'jwt'
   */
  readonly form: 'jwt' | 'opaque'
  /** Milliseconds until it expires; below zero it is expired from the start, with `null` it never does. @default 60_000 */
  readonly life: number | null
}

/** What a token turned out to be. */
export interface Verdict {
  /** The how-manieth that was issued, from 0; -1 for one that never was. */
  readonly number: number
  readonly isGood: boolean
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

export interface Issuer {
  issue(kind: TokenKind): Promise<{ readonly token: string; readonly expiresAt: number }>
  verify(token: string): Promise<Verdict>
  /** None of those that were issued until now is good any more. */
  revokeAll(): void
  /** All that were ever issued. */
  issued(): string[]
}

export function createIssuer(): Issuer {
  const key = randomBytes(32)
  const issued: string[] = []
  const opaque = new Map<string, number>()
  let revoked = 0

  const claims = async (token: string) => {
    const known = opaque.get(token)
    if (known !== undefined) return { exp: known / 1_000 }
    // Here whole seconds count; the milliseconds are judged below.
    return (await jwtVerify(token, key, { algorithms: ['HS256'] })).payload
  }

  return {
    async issue({ form, life }) {
      const expiresAt = life === null ? Infinity : Date.now() + life
      const jwt = new SignJWT({ ...(life !== null && { exp: expiresAt / 1_000 }) })
        .setProtectedHeader({ alg: 'HS256' })
        .setJti(randomUUID())
      const token = form === 'jwt' ? await jwt.sign(key) : `+/=${randomBytes(15).toString('base64')}`
      if (form === 'opaque') opaque.set(token, expiresAt)
      issued.push(token)
      return { token, expiresAt }
    },

    async verify(token) {
      const number = issued.indexOf(token)
      try {
        const { exp = Infinity } = await claims(token)
        const expiresAt = exp * 1_000
        return { number, expiresAt, isGood: number >= revoked && Date.now() < expiresAt }
      } catch {
        return { number, expiresAt: -Infinity, isGood: false }
      }
    },

    revokeAll() {
      revoked = issued.length
    },

    issued: () => [...issued],
  }
}
