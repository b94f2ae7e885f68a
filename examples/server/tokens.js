// Signed tokens that say who somebody is and until when. A real app has a login in front of this.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/**
 * @param {{ lifetime?: number, now?: () => number }} [options] `lifetime` in milliseconds
 */
export function createTokens({ lifetime = 10 * 60_000, now = Date.now } = {}) {
  // Made anew with each process: tokens from before are refused, and clients have to ask for fresh ones.
  const secret = randomBytes(32)
  /** @param {string} claims */
  const sign = (claims) => createHmac('sha256', secret).update(claims).digest()

  return {
    /** @param {string} name */
    issue(name) {
      const expiresAt = now() + lifetime
      const claims = Buffer.from(JSON.stringify({ name, expiresAt })).toString('base64url')
      return { token: `${claims}.${sign(claims).toString('base64url')}`, expiresAt }
    },

    /**
     * @param {string} token
     * @returns {string | undefined} the name, where the token is ours and has not expired
     */
    check(token) {
      const [claims = '', signature = ''] = token.split('.')
      const given = Buffer.from(signature, 'base64url')
      const wanted = sign(claims)
      if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined
      const { name, expiresAt } = JSON.parse(Buffer.from(claims, 'base64url').toString())
      return expiresAt > now() ? name : undefined
    },
  }
}
