// When getToken is called, how often, for whom, and what becomes of what it gives.
import { describe, expect, it } from 'vitest'
import { base64url } from '../../src/auth/attach-token'
import { type TokenAuthOptions, tokenAuth } from '../../src/auth/token-auth'
import { type Deferred, deferred } from '../../src/deferred'
import { SocketError } from '../../src/errors'
import { manualClock } from '../../src/testing'
import type { HandshakeContext, TokenContext, TokenReason, TokenResult } from '../../src/types'
import { thrown } from './support'

/** An auth value whose token endpoint the test plays: each call waits in `calls` for its answer, or gets `answer`. */
function setUp(options: Partial<TokenAuthOptions> = {}, answer?: (context: TokenContext) => TokenResult) {
  const calls: (TokenContext & Deferred<TokenResult>)[] = []
  const auth = tokenAuth({
    getToken: (context) => {
      const call = { ...context, ...deferred<TokenResult>() }
      calls.push(call)
      return answer ? answer(context) : call.promise
    },
    ...options,
  })
  const t = {
    calls,
    now: 0,
    session: () => {
      const session = auth.session()
      return {
        redact: session.redact,
        handshake: session.handshake,
        /** What the request became: the token in it, `undefined` for signed out. */
        async ask(reason: TokenReason = 'connect', signal = new AbortController().signal) {
          const request = { url: 'wss://a.test/', protocols: ['chat'], headers: {} }
          const prepared = await session.prepare(request, { reason, attempt: 0, signal }, () => t.now)
          return prepared && (new URL(prepared.url).searchParams.get('token') ?? prepared)
        },
      }
    },
  }
  return t
}

const jwt = (exp: number) => `${base64url('{}')}.${base64url(JSON.stringify({ exp }))}.sig`

/** Lets promise chains run to their end. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('one call for all who wait', () => {
  it('B39 n sessions that need a token cause one call, and all get it', async () => {
    const t = setUp()
    const asked = Array.from({ length: 10 }, () => t.session().ask())
    expect(t.calls).toHaveLength(1)
    t.calls[0]?.resolve('t')
    expect(await Promise.all(asked)).toEqual(Array(10).fill('t'))
  })

  it('B39 also those who come later, as long as it is under way', async () => {
    const t = setUp()
    const session = t.session()
    const first = session.ask()
    await settle()
    const second = session.ask()
    t.calls[0]?.resolve('t')
    expect(await Promise.all([first, second])).toEqual(['t', 't'])
    expect(t.calls).toHaveLength(1)
  })

  it('B39 two values ask apart', () => {
    const [a, b] = [setUp(), setUp()]
    void a.session().ask()
    void b.session().ask()
    expect([a.calls.length, b.calls.length]).toEqual([1, 1])
  })

  it('B36 B39 a failure reaches all who wait, and the next one asks again', async () => {
    const t = setUp()
    const asked = [t.session().ask(), t.session().ask()]
    t.calls[0]?.reject(new Error('endpoint down'))
    for (const one of asked) await expect(one).rejects.toThrow('endpoint down')
    const again = t.session().ask()
    expect(t.calls).toHaveLength(2)
    t.calls[1]?.resolve('t')
    expect(await again).toBe('t')
  })

  it('B36 getToken may throw at once', async () => {
    const t = setUp({}, () => {
      throw new Error('no storage')
    })
    await expect(t.session().ask()).rejects.toThrow('no storage')
    await expect(t.session().ask()).rejects.toThrow('no storage')
    expect(t.calls).toHaveLength(2)
  })

  it('B39 a refused token is not waited for behind a call for the same one', async () => {
    const t = setUp()
    const first = t.session().ask('connect')
    const second = t.session().ask('rejected')
    expect(t.calls.map(({ reason }) => reason)).toEqual(['connect', 'rejected'])
    t.calls[1]?.resolve('fresh')
    expect(await second).toBe('fresh')
    t.calls[0]?.resolve('refused')
    await first
  })

  it('B39 several refusals at a time cause one call', () => {
    const t = setUp()
    for (const _ of [1, 2, 3]) void t.session().ask('rejected')
    void t.session().ask('connect')
    expect(t.calls.map(({ reason }) => reason)).toEqual(['rejected'])
  })

  it('B42 a late answer to an older call does not displace the fresh token', async () => {
    const t = setUp()
    const first = t.session().ask('connect')
    const second = t.session().ask('rejected')
    t.calls[1]?.resolve({ token: 'fresh', expiresAt: 1_000_000 })
    await second
    t.calls[0]?.resolve({ token: 'refused', expiresAt: 1_000_000 })
    await first
    expect(await t.session().ask()).toBe('fresh')
  })
})

describe('giving up', () => {
  it('B37 aborts the signal of getToken when the only one who waits gives up', () => {
    const t = setUp()
    const mine = new AbortController()
    void t.session().ask('connect', mine.signal)
    expect(t.calls[0]?.signal.aborted).toBe(false)
    mine.abort(new Error('over'))
    expect(t.calls[0]?.signal.aborted).toBe(true)
    expect(t.calls[0]?.signal.reason).toEqual(new Error('over'))
  })

  it('B37 B39 aborts it when the last of several gives up, not before', () => {
    const t = setUp()
    const waiting = [1, 2, 3].map(() => new AbortController())
    for (const { signal } of waiting) void t.session().ask('connect', signal)
    expect(t.calls).toHaveLength(1)
    waiting[1]?.abort()
    waiting[0]?.abort()
    expect(t.calls[0]?.signal.aborted).toBe(false)
    waiting[2]?.abort()
    expect(t.calls[0]?.signal.aborted).toBe(true)
  })

  it('B37 one who gave up takes nothing from those who stay', async () => {
    const t = setUp()
    const gone = new AbortController()
    void t.session().ask('connect', gone.signal)
    const stays = t.session().ask()
    gone.abort()
    t.calls[0]?.resolve('t')
    expect(await stays).toBe('t')
  })

  it('B37 after that, the next one asks again', () => {
    const t = setUp()
    const mine = new AbortController()
    void t.session().ask('connect', mine.signal)
    mine.abort()
    void t.session().ask()
    expect(t.calls).toHaveLength(2)
    expect(t.calls[1]?.signal.aborted).toBe(false)
  })

  it('B37 the late result of an aborted call is thrown away', async () => {
    const t = setUp()
    const mine = new AbortController()
    const first = t.session().ask('connect', mine.signal)
    mine.abort()
    const second = t.session().ask()
    t.calls[1]?.resolve({ token: 'new', expiresAt: 1_000_000 })
    expect(await second).toBe('new')
    t.calls[0]?.resolve({ token: 'late', expiresAt: 1_000_000 })
    await first.catch(() => {})
    expect(await t.session().ask()).toBe('new')
    expect(t.calls).toHaveLength(2)
  })

  it('B37 an attempt that ends after its token came aborts nobody else', async () => {
    const t = setUp({}, () => 't')
    const mine = new AbortController()
    await t.session().ask('connect', mine.signal)
    const other = setUp()
    void other.session().ask()
    mine.abort()
    expect(other.calls[0]?.signal.aborted).toBe(false)
    expect(await t.session().ask()).toBe('t')
  })
})

describe('freshness', () => {
  it('B38 asks at every attempt where the expiry is not known', async () => {
    const t = setUp({}, () => `t${t.calls.length}`)
    const session = t.session()
    expect([await session.ask(), await session.ask()]).toEqual(['t1', 't2'])
  })

  it('B38 does not ask while the token is known to be fresh, and asks from the leeway on', async () => {
    const t = setUp({}, () => ({ token: `t${t.calls.length}`, expiresAt: 1_000_000 }))
    const session = t.session()
    expect(await session.ask()).toBe('t1')
    t.now = 989_999
    expect(await session.ask()).toBe('t1')
    t.now = 990_000
    expect(await session.ask()).toBe('t2')
  })

  it('B38 reads the exp of a JWT, in seconds', async () => {
    const t = setUp({}, () => jwt(1_000))
    const session = t.session()
    await session.ask()
    t.now = 989_999
    await session.ask()
    expect(t.calls).toHaveLength(1)
    t.now = 990_000
    await session.ask()
    expect(t.calls).toHaveLength(2)
  })

  it('B38 believes expiresAt more than the exp', async () => {
    const t = setUp({}, () => ({ token: jwt(1_000_000), expiresAt: 100_000 }))
    const session = t.session()
    await session.ask()
    t.now = 95_000
    await session.ask()
    expect(t.calls).toHaveLength(2)
  })

  it('B44 takes a tenth of a short life for the leeway', async () => {
    const t = setUp({}, () => ({ token: 't', expiresAt: t.now + 10_000 }))
    const session = t.session()
    await session.ask()
    t.now = 8_999
    await session.ask()
    expect(t.calls).toHaveLength(1)
    t.now = 9_000
    await session.ask()
    expect(t.calls).toHaveLength(2)
  })

  it('B44 keeps to the leeway that it is given', async () => {
    const t = setUp({ leeway: 60_000 }, () => ({ token: 't', expiresAt: 1_000_000 }))
    const session = t.session()
    await session.ask()
    t.now = 939_999
    await session.ask()
    expect(t.calls).toHaveLength(1)
    t.now = 940_000
    await session.ask()
    expect(t.calls).toHaveLength(2)
  })

  it('B38 asks again at once where the token came expired', async () => {
    const t = setUp({}, () => ({ token: 't', expiresAt: 5 }))
    t.now = 1_000
    const session = t.session()
    await session.ask()
    await session.ask()
    expect(t.calls).toHaveLength(2)
  })

  it('B39 shares a fresh token between sessions', async () => {
    const t = setUp({}, () => ({ token: 't', expiresAt: 1_000_000 }))
    await t.session().ask()
    await t.session().ask()
    expect(t.calls).toHaveLength(1)
  })

  it('B42 asks with reason rejected, however fresh the token looks', async () => {
    const t = setUp({}, ({ reason }) => ({ token: reason, expiresAt: 1_000_000 }))
    const session = t.session()
    expect([await session.ask(), await session.ask('rejected'), await session.ask()]).toEqual([
      'connect',
      'rejected',
      'rejected',
    ])
  })

  it('B42 never hands out a refused token again because the call for a fresh one failed', async () => {
    const t = setUp({}, ({ reason }) => {
      if (reason === 'rejected') throw new Error('endpoint down')
      return { token: `t${t.calls.length}`, expiresAt: 1_000_000 }
    })
    const session = t.session()
    expect(await session.ask()).toBe('t1')
    await expect(session.ask('rejected')).rejects.toThrow('endpoint down')
    expect(await session.ask()).not.toBe('t1')
  })
})

describe('what getToken gives', () => {
  it('B47 null: signed out', async () => {
    const t = setUp({}, () => null)
    expect(await t.session().ask()).toBeUndefined()
  })

  it('B47 null: the token from before is not used again', async () => {
    const t = setUp({}, ({ reason }) =>
      reason === 'rejected' ? null : { token: `t${t.calls.length}`, expiresAt: 1_000_000 },
    )
    const session = t.session()
    await session.ask()
    expect(await session.ask('rejected')).toBeUndefined()
    expect(await session.ask()).not.toBe('t1')
  })

  it.each([[undefined], [42], [{}], [{ token: 7 }], [[]], [true]])(
    'B36 %j: PROVIDER, saying what it must give',
    async (given) => {
      const t = setUp({}, () => given as never)
      await expect(t.session().ask()).rejects.toThrow(thrown('PROVIDER', 'getToken'))
    },
  )

  it('B43 throwing UNAUTHORIZED comes through as it is', async () => {
    const error = new SocketError('UNAUTHORIZED', 'signed out elsewhere')
    const t = setUp({}, () => {
      throw error
    })
    await expect(t.session().ask()).rejects.toBe(error)
  })

  it('B37 gets reason, attempt and a signal of its own', async () => {
    const t = setUp({}, () => 't')
    const { signal } = new AbortController()
    await t.session().ask('connect', signal)
    expect(t.calls[0]).toMatchObject({ reason: 'connect', attempt: 0, signal: { aborted: false } })
  })
})

describe("attach: 'message'", () => {
  /** Runs the handshake against a server that says `replies`, and tells what went out and what was put back. */
  async function greet(options: Partial<TokenAuthOptions>, replies: unknown[], codec = 'json') {
    const t = setUp(
      { attach: 'message', isAccepted: (message) => message === 'ok', ...options },
      () => 'secret',
    )
    const session = t.session()
    await session.ask()
    const sent: unknown[] = []
    const back: unknown[] = []
    const context: HandshakeContext = {
      codec,
      send: (message) => sent.push(message),
      receive: () => (replies.length ? Promise.resolve(replies.shift()) : new Promise(() => {})),
      putBack: (...messages) => back.push(...messages),
      signal: new AbortController().signal,
    }
    const accepted = session.handshake?.(context)
    return { accepted, sent, back, left: replies }
  }

  it.each([
    ['json', undefined, { type: 'auth', token: 'secret' }],
    ['raw', undefined, 'secret'],
    ['json', (token: string) => ['login', token], ['login', 'secret']],
  ] as const)('B40 sends the token first: %s', async (codec, message, expected) => {
    const { sent } = await greet(message ? { message } : {}, [], codec)
    expect(sent).toEqual([expected])
  })

  it('B40 opens the gate at the acceptance, and puts back what came before it, in order', async () => {
    const { accepted, back, left } = await greet({}, ['a', 'b', 'ok', 'c'])
    await accepted
    expect(back).toEqual(['a', 'b'])
    expect(left).toEqual(['c'])
  })

  it('B40 waits for ever for a server that does not accept', async () => {
    const { accepted } = await greet({}, ['a'])
    const first = await Promise.race([accepted, settle().then(() => 'waiting')])
    expect(first).toBe('waiting')
  })

  it('B42 a refusal throws UNAUTHORIZED', async () => {
    const { accepted } = await greet({ isRejected: (message) => message === 'no' }, ['a', 'no', 'ok'])
    await expect(accepted).rejects.toThrow(thrown('UNAUTHORIZED'))
  })

  it.each(['query', 'protocol', 'header'] as const)("has no handshake with attach: '%s'", (attach) => {
    expect(setUp({ attach }).session().handshake).toBeUndefined()
  })

  it('wants isAccepted', () => {
    expect(() => setUp({ attach: 'message' })).toThrow(thrown('INVALID_OPTION', 'isAccepted'))
  })
})

describe('redaction', () => {
  it.each(['abc/def+ghi=', 'snow ☃', 'plain'])(
    'B49 hides the token %j, as it is, in a URL and as a subprotocol',
    async (token) => {
      const t = setUp({}, () => token)
      const session = t.session()
      await session.ask()
      const forms = [token, encodeURIComponent(token), base64url(token)]
      expect(session.redact(`a ${forms.join(' b ')} c`)).toBe('a [redacted] b [redacted] b [redacted] c')
    },
  )

  it('B49 hides every token that there ever was, in all sessions', async () => {
    const t = setUp({}, () => `token-${t.calls.length}`)
    const session = t.session()
    await session.ask()
    await session.ask()
    expect(t.session().redact('token-1, token-2, token-1')).toBe('[redacted], [redacted], [redacted]')
  })

  it('B49 hides a token that begins as an older one did, whole', async () => {
    const t = setUp({}, () => (t.calls.length === 1 ? 'tok' : 'tok-second'))
    const session = t.session()
    await session.ask()
    await session.ask()
    expect(session.redact('it was tok-second')).not.toContain('second')
  })

  it('leaves other text alone, also before there was a token and where an empty one was refused', async () => {
    const t = setUp({}, () => '')
    const session = t.session()
    expect(session.redact('text')).toBe('text')
    await expect(session.ask()).rejects.toThrow(thrown('PROVIDER', 'getToken'))
    expect(session.redact('text')).toBe('text')
  })
})

it.each<[object, string]>([
  [{}, 'getToken'],
  [{ getToken: {} }, 'getToken'],
  [{ getToken: () => 't', attach: 'cookie' }, 'attach'],
  [{ getToken: () => 't', param: 3 }, 'param'],
  [{ getToken: () => 't', leeway: -1 }, 'leeway'],
  [{ getToken: () => 't', isAccepted: true }, 'isAccepted'],
  [{ getToken: () => 't', isRejected: 'no' }, 'isRejected'],
  [{ getToken: () => 't', message: {} }, 'message'],
  [{ getToken: () => 't', token: 'x' }, 'token'],
])('throws INVALID_OPTION, naming it, for %j', (options, name) => {
  expect(() => tokenAuth(options as never)).toThrow(thrown('INVALID_OPTION', name))
})

describe("renew: 'rotate' on an open connection", () => {
  const life = 600_000

  /** A session whose connection is open, on a clock that the test moves, and what it asks of its host. */
  async function opened(options: Partial<TokenAuthOptions> = {}, answer?: () => TokenResult) {
    const clock = manualClock()
    const done: string[] = []
    let calls = 0
    const auth = tokenAuth({
      getToken: () => (answer && calls ? answer() : { token: `t${++calls}`, expiresAt: clock.now() + life }),
      renew: 'rotate',
      ...options,
    })
    const session = auth.session()
    const request = { url: 'wss://a.test/', protocols: [], headers: {} }
    const context = { reason: 'connect', attempt: 0, signal: new AbortController().signal } as const
    await session.prepare(request, context, () => clock.now())
    const run = session.begin?.({
      clock,
      random: () => 0.5,
      connectTimeout: 10_000,
      codec: 'raw',
      send: () => done.push('send'),
      rotate: () => done.push('rotate'),
      onRefused: (verdict) => done.push(verdict),
      onError: () => done.push('error'),
    })
    return { auth, clock, done, stop: () => run?.stop(), calls: () => calls }
  }

  it('says that it rotates, and no other way of renewing does', () => {
    const rotates = (['next', 'in-band', 'rotate'] as const).map(
      (renew) => tokenAuth({ getToken: () => 't', renew }).rotates,
    )
    expect(rotates).toEqual([false, false, true])
  })

  it('B44 asks its host for a rotation once the new token is at hand, and sends nothing', async () => {
    const { clock, done, calls } = await opened()
    await clock.advance(560_499)
    expect([done, calls()]).toEqual([[], 1])
    await clock.advance(1)
    expect([done, calls()]).toEqual([['rotate'], 2])
  })

  it('B47 asks for none where there is no token any more', async () => {
    const { clock, done } = await opened({}, () => null)
    await clock.advance(life)
    expect(done).toEqual(['stop'])
  })

  it('B46 asks for none before a token was had', async () => {
    let answers = 0
    const { clock, done } = await opened({}, () => {
      if (++answers < 3) throw new Error('down')
      return { token: 't', expiresAt: clock.now() + life }
    })
    await clock.advance(560_500 + 15_000)
    expect(done).toEqual(['error', 'error', 'rotate'])
  })

  it('B37 asks for none after its connection is over', async () => {
    const { clock, done, stop } = await opened()
    stop()
    expect(clock.timers).toBe(0)
    await clock.advance(10 * life)
    expect(done).toEqual([])
  })
})
