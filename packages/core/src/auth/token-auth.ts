// tokenAuth: a token the way the server wants it, fetched once for everybody who waits for it, and never shown.
//
//    none ──getToken──► fetching ──► fresh ──expiresAt less the leeway──► expiring ──► fetching
//                          ▲           │
//                          └─ rejected ┘
//
// A token whose expiry is not known counts as expiring at once: it is asked for at every attempt. While a connection is
// open, a token whose expiry is known is renewed before it expires.

import { atOnce, orAborted } from '../deferred'
import { SocketError } from '../errors'
import type { Auth, TokenContext, TokenResult } from '../types'
import { callback, duration, functionOr, oneOf, secretCallback, text, validate } from '../validate'
import { type Attach, attachToken, base64url, checkAttach, expiryOf } from './attach-token'
import { renewalDue, retryDue } from './renewal'

export interface TokenAuthOptions {
  /**
   * Gives the token, or `null` for signed out: the socket is then `closed` with origin `auth`. Called at every attempt
   * unless the token at hand is known to be fresh, and again with reason `rejected` once the server refused it. Throw a
   * `SocketError` with code `UNAUTHORIZED` to end it; any other throw is retried with backoff.
   */
  readonly getToken: (context: TokenContext) => TokenResult | Promise<TokenResult>
  /**
   * - `'query'`: `?token=…`. Servers and proxies may log it.
   * - `'protocol'`: base64url, as the last of the subprotocols; needs a real one in `protocols` beside it.
   * - `'message'`: the first frame. Needs `isAccepted`; nothing else goes out before the server accepted.
   * - `'header'`: `Authorization: Bearer …`, where the platform takes headers. Browsers do not.
   * - a function: gives the request with the token in it.
   * @default 'query'
   */
  readonly attach?: Attach
  /** Name of the query parameter. @default 'token' */
  readonly param?: string
  /** Makes the first frame. @default `{ type: 'auth', token }` with the json codec, else the bare token */
  readonly message?: (token: string) => unknown
  /** Whether a decoded message says that the token was accepted. Such a message reaches no listener. */
  readonly isAccepted?: (message: unknown) => boolean
  /** Whether a decoded message says that the token was refused: a fresh one is tried, once. */
  readonly isRejected?: (message: unknown) => boolean
  /**
   * Milliseconds before its expiry at which a token is no longer used for a new connection; a tenth of its life, if
   * that is shorter. The expiry is `expiresAt`, else the `exp` of a JWT.
   * @default 10_000
   */
  readonly leeway?: number
  /**
   * What is done with a token that was fetched because the one in use is about to expire. Connections stay open.
   *
   * - `'next'`: it is kept for the next attempt.
   * - `'in-band'`: it is also sent over the connection, as `message` makes it. `isAccepted` and `isRejected` see the
   *   answer; a connection whose token was refused is replaced, with a fresh one.
   * - `'rotate'`: a second connection is opened with it, and takes over without a gap. Needs the socket's `rotation`.
   * @default 'next'
   */
  readonly renew?: 'next' | 'in-band' | 'rotate'
  /**
   * Who is signed in. A token that was fetched for one is never used for another.
   * @default none
   */
  readonly identity?: () => string | undefined
}

/** How long a timer sleeps at most before the clock is looked at: timers sleep with the machine, and tokens do not. */
const longestNap = 60_000

/** So many forms of tokens are known again, for redaction; a token has up to three. */
const remembered = 60

/** @throws {SocketError} `INVALID_OPTION` */
export function tokenAuth(options: TokenAuthOptions): Auth {
  validate('tokenAuth', options, {
    getToken: secretCallback,
    attach: functionOr(oneOf('query', 'protocol', 'message', 'header')),
    param: text,
    message: callback,
    isAccepted: callback,
    isRejected: callback,
    leeway: duration,
    renew: oneOf('next', 'in-band', 'rotate'),
    identity: callback,
  })
  const { getToken, attach = 'query', param = 'token', leeway = 10_000, renew } = options
  const isMissing = (getToken as unknown) === undefined
  if (isMissing || (attach === 'message' && !options.isAccepted)) {
    throw new SocketError(
      'INVALID_OPTION',
      isMissing ? 'tokenAuth: getToken is missing.' : "tokenAuth: attach: 'message' wants isAccepted too.",
    )
  }

  let token: string | undefined
  /** Whose token it is. */
  let owner: string | undefined
  let staleAt = 0
  let flight: Flight | undefined
  /** The newest first. */
  let secrets: string[] = []

  const receive = (result: unknown, now: number): string | null => {
    const given = (typeof result === 'string' ? { token: result } : result) as
      | Partial<Given>
      | null
      | undefined
    const isToken = typeof given?.token === 'string' && given.token
    const isTime = given?.expiresAt == null || typeof given.expiresAt === 'number'
    if (given !== null && !(isToken && isTime)) {
      throw new SocketError(
        'PROVIDER',
        'getToken gives a string, { token, expiresAt } with ms since the epoch, or null.',
      )
    }
    token = given?.token
    staleAt = 0
    if (!given || token === undefined) return null
    const expiresAt = given.expiresAt ?? expiryOf(token)
    if (expiresAt === Infinity) staleAt = expiresAt
    else if (expiresAt) staleAt = expiresAt - Math.min(leeway, (expiresAt - now) / 10)
    secrets = [token, encodeURIComponent(token), base64url(token), ...secrets]
      .filter((secret, i, all) => secret && all.indexOf(secret) === i)
      .slice(0, remembered)
    return token
  }

  /** Whoever waits for a call that a newer one overtook waits for that one. */
  const landing = (awaited: Flight): Promise<string | null> =>
    awaited.landed.catch((error) => {
      if (!awaited.next) throw error
      return landing(awaited.next)
    })

  /** One call for all who wait. It is aborted when nobody waits any more. */
  const fetchToken = (
    { getToken }: TokenAuthOptions,
    context: TokenContext,
    now: () => number,
  ): Promise<string | null> => {
    const { signal, reason } = context
    const overtaken = flight
    if (!overtaken || (reason === 'rejected' && overtaken.reason !== reason)) {
      // First: two calls at once would be two tokens, and a server may take the second for theft.
      overtaken?.abort.abort(gone())
      const abort = new AbortController()
      const started: Flight = {
        abort,
        reason,
        // Who waited for that one waits for this one.
        waiting: overtaken?.waiting ?? 0,
        landed: new Promise((resolve) => resolve(getToken({ ...context, signal: abort.signal })))
          .then((result) => {
            // What was aborted, or is answered after a newer call was made, changes nothing.
            if (flight !== started) throw gone()
            return receive(result, now())
          })
          .finally(() => {
            if (flight === started) flight = undefined
          }),
      }
      flight = started
      if (overtaken) overtaken.next = started
    }
    let joined = flight as Flight
    joined.waiting++
    const leave = () => {
      while (joined.next) joined = joined.next
      if (--joined.waiting) return
      if (flight === joined) flight = undefined
      joined.abort.abort(signal.reason)
    }
    signal.addEventListener('abort', leave)
    return landing(joined).finally(() => signal.removeEventListener('abort', leave))
  }

  /** Forgets what belongs to somebody else. */
  const ownerNow = ({ identity }: TokenAuthOptions) => {
    const now = identity && atOnce(identity())
    if (now !== owner) {
      flight?.abort.abort(gone())
      token = flight = undefined
    }
    owner = now
    return now
  }

  return {
    options,
    inRequest: attach !== 'message',
    rotates: renew === 'rotate',
    // Functions may be new ones at each use; how a token is attached stays.
    session: (functions: () => TokenAuthOptions = () => options) => {
      let used: string | undefined
      let user: string | undefined
      const frame = (codec: string) => {
        const sent = used ?? ''
        const { message } = functions()
        return message ? atOnce(message(sent)) : codec === 'json' ? { type: 'auth', token: sent } : sent
      }
      const refused = () => {
        // Another socket may have fetched a better one meanwhile.
        if (token === used) token = undefined
      }
      return {
        refused,

        check: (request, allowInsecure) => checkAttach(request, attach, allowInsecure),

        async prepare(request, context, now) {
          user = ownerNow(functions())
          if (context.reason === 'rejected') refused()
          // Where a newer one is at hand already, that is the fresh one.
          const isFresh = token !== undefined && now() < staleAt
          const given = isFresh ? token : await fetchToken(functions(), context, now)
          if (given == null) return undefined
          used = given
          return attachToken(request, given, { attach, param })
        },

        handshake:
          attach !== 'message'
            ? undefined
            : async ({ send, receive, putBack, codec }) => {
                const { isAccepted, isRejected } = functions()
                send(frame(codec))
                const early: unknown[] = []
                for (;;) {
                  const reply = await receive()
                  if (atOnce(isRejected?.(reply)))
                    throw new SocketError('UNAUTHORIZED', 'The server refused the token.')
                  if (atOnce(isAccepted?.(reply))) return putBack(...early)
                  early.push(reply)
                }
              },

        begin({ clock, random, codec, connectTimeout, send, rotate, onRefused, onError }) {
          const now = () => clock.now()
          /** A renewal that is under way. */
          let asking: AbortController | undefined
          let isOver = false
          let timer: unknown
          let asked = 0
          /** What the timer is for: timers sleep with the machine, so the clock is looked at when that wakes. */
          let next: { readonly dueAt: number; readonly renewing: number } | undefined
          const look = () => {
            if (!next || isOver) return
            clock.clearTimeout(timer)
            const { dueAt, renewing } = next
            if (now() < dueAt) return arm(dueAt, renewing)
            next = undefined
            void renewToken(renewing)
          }
          const arm = (dueAt: number, renewing: number) => {
            if (isOver) return
            next = { dueAt, renewing }
            timer = clock.setTimeout(look, Math.min(Math.max(0, dueAt - now()), longestNap))
          }
          const armForToken = () => {
            if (staleAt && staleAt < Infinity) arm(renewalDue(now(), staleAt, random), staleAt)
          }
          /** @param renewing the expiry of the token that is to be renewed: another socket may have done it */
          const renewToken = async (renewing: number) => {
            try {
              if (ownerNow(functions()) !== user) return onRefused('reauthenticate')
              let fresh: string | null | undefined = token
              if (token === undefined || staleAt === renewing) {
                asking = new AbortController()
                const { signal } = asking
                const late = new SocketError('CONNECT_TIMEOUT', 'getToken took too long.')
                timer = clock.setTimeout(() => asking?.abort(late), connectTimeout)
                const context = { reason: 'expiring', attempt: 0, signal } as const
                fresh = await orAborted(fetchToken(functions(), context, now), signal)
                clock.clearTimeout(timer)
              }
              if (isOver) return
              if (fresh == null) return onRefused('stop')
              // The same one again is no news to the server.
              if (fresh !== used && renew === 'in-band') {
                used = fresh
                asked++
                send(() => frame(codec))
              } else if (fresh !== used && renew === 'rotate') rotate()
              armForToken()
            } catch (error) {
              clock.clearTimeout(timer)
              if (isOver) return
              if ((error as { code?: unknown } | undefined)?.code === 'UNAUTHORIZED') {
                return onRefused('unauthorized')
              }
              onError(error)
              arm(retryDue(now(), random), staleAt)
            }
          }
          // Renewed while this connection was being made: it is late by one.
          if (renew === 'rotate' && staleAt && token !== used) arm(now(), 0)
          else armForToken()
          return {
            receive(message) {
              if (!asked) return false
              const { isAccepted, isRejected } = functions()
              const isRefusal = !!atOnce(isRejected?.(message))
              if (!isRefusal && !atOnce(isAccepted?.(message))) return false
              asked--
              if (isRefusal) onRefused('reauthenticate')
              return true
            },
            look,
            stop() {
              isOver = true
              clock.clearTimeout(timer)
              asking?.abort()
            },
          }
        },

        redact(shown) {
          // The longest first: a token may begin as another one does.
          const longestFirst = [...secrets].sort((one, other) => other.length - one.length)
          for (const secret of longestFirst) shown = shown.split(secret).join('[redacted]')
          return shown
        },
      }
    },
  }
}

interface Given {
  readonly token: string
  readonly expiresAt?: number
}

const gone = () => new SocketError('ABORTED', 'Another token is asked for.')

interface Flight {
  readonly abort: AbortController
  readonly reason: TokenContext['reason']
  readonly landed: Promise<string | null>
  waiting: number
  /** The call that took its place. */
  next?: Flight
}
