// Auth against a reference server: real JWTs from a real endpoint, verified, expired and revoked for every attachment.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createSocket, type InspectEvent, rotation, type TokenAuthOptions } from '../../src/index'
import { environment, platform, type RemoteAuthRig, useAuthRig } from '../support/harness'
import { account, allText, atRest, attachments, authFor, isBrowser, tokensOf } from './auth-support'
import { open } from './support'

const startRig = useAuthRig()

/** The numbers of the tokens that each connection showed. */
const tokensShown = async (rig: RemoteAuthRig) => (await rig.connections()).map(({ tokens }) => tokens)

/** Proves that a socket still does what it is for. */
async function expectUsable(rig: RemoteAuthRig, { socket }: Pick<ReturnType<typeof account>, 'socket'>) {
  const { messages } = await rig.counts()
  await socket.opened()
  socket.send({ text: 'still here' })
  await rig.until('messages', messages + 1)
  expect((await rig.connections()).at(-1)?.messages.at(-1)).toEqual({ text: 'still here' })
}

describe.each(attachments)('a JWT in the %s', (attach) => {
  it('B40 opens the door, and not a frame goes ahead of the acceptance', async () => {
    const rig = await startRig({ attach, deliberation: 60 })
    const { socket, reasons } = account(rig, { attach }, { onHandshake: ({ send }) => send({ join: 1 }) })
    socket.on('open', () => socket.send({ n: 2, behind: 'the queue' }))
    socket.send({ text: 'waits' })
    socket.connect()
    await rig.until('messages', 2)
    await rig.until('numbers', 1)
    expect(await rig.connections()).toMatchObject([
      { tokens: [0], accepted: true, early: 0, messages: [{ join: 1 }, { text: 'waits' }] },
    ])
    expect([reasons, await rig.counts()]).toMatchObject([['connect'], { tokenRequests: 1, handshakes: 1 }])
  })

  it('B42 that was revoked is replaced once by a fresh one, and the socket is open again', async () => {
    const rig = await startRig({ attach })
    const app = account(rig, { attach })
    app.socket.connect()
    await app.socket.opened()
    await rig.revoke()
    const reopened = app.socket.once('open')
    await rig.hangUp(1012, 'deploy')
    await reopened
    expect(app.reasons).toEqual(['connect', 'rejected'])
    expect(await tokensShown(rig)).toEqual([[0], [0], [1]])
    expect(await rig.counts()).toMatchObject({ tokenRequests: 2, tokenRequestsAtOnce: 1, early: 0 })
    await expectUsable(rig, app)
  })

  it('with no exp is asked for again at each attempt, since nothing says how long it is good', async () => {
    const rig = await startRig({ attach, life: null })
    const app = account(rig, { attach })
    app.socket.connect()
    await app.socket.opened()
    const reopened = app.socket.once('open')
    await rig.hangUp(1012)
    await reopened
    expect([app.reasons, await tokensShown(rig)]).toEqual([
      ['connect', 'connect'],
      [[0], [1]],
    ])
    await expectUsable(rig, app)
  })

  it('that came expired is refused, and a good one makes up for it', async () => {
    const rig = await startRig({ attach, life: -60_000 })
    const app = account(rig, { attach }, { minUptime: 100 })
    app.socket.connect()
    await rig.until('tokenRequests', 1)
    await rig.behave({ life: 60_000 })
    await app.socket.opened()
    expect((await tokensShown(rig))[0]).toEqual([0])
    expect((await rig.counts()).accepted).toBe(1)
    await expectUsable(rig, app)
  })

  it('as an opaque token with all the characters of base64 arrives as it was', async () => {
    const rig = await startRig({ attach, form: 'opaque', expiresIn: 60_000 })
    const app = account(rig, { attach })
    app.socket.connect()
    await app.socket.opened()
    expect(await tokensShown(rig)).toEqual([[0]])
    await expectUsable(rig, app)
  })
})

describe.skipIf(isBrowser)('a token that is refused in a message', () => {
  it.each(['close', 'message'] as const)(
    'B42 with a %s leads to a fresh one, then to unauthorized, and no further',
    async (refusal) => {
      const rig = await startRig({ attach: 'message', refusal, life: -1 })
      const app = account(rig, { attach: 'message' })
      app.socket.send({ text: 'still here' })
      app.socket.connect()
      await app.reached('unauthorized')
      expect(app.reasons).toEqual(['connect', 'rejected'])
      await expect(rig.until('handshakes', 3, 300)).rejects.toThrow('No 3 handshakes')
      expect(await rig.counts()).toMatchObject({ handshakes: 2, tokenRequests: 2, early: 0, messages: 0 })
      expect(app.socket.queue.get().messages).toBe(1)
      // The user has signed in again.
      await rig.behave({ life: 60_000 })
      app.socket.connect()
      await expectUsable(rig, app)
    },
  )

  it('B42 once the connection was useful, by a revocation, is replaced each time', async () => {
    const rig = await startRig({ attach: 'message' })
    const app = account(rig, { attach: 'message' }, { minUptime: 0 })
    app.socket.connect()
    await app.socket.opened()
    for (const before of [1, 2, 3]) {
      await rig.revoke()
      const reopened = app.socket.once('open')
      await rig.hangUp(4401, 'revoked')
      await reopened
      expect((await rig.counts()).tokenRequests).toBe(before + 1)
    }
    expect(app.reasons).toEqual(['connect', 'rejected', 'rejected', 'rejected'])
    expect(await tokensShown(rig)).toEqual([[0], [1], [2], [3]])
  })

  it('B41 by silence fails the attempt, and the next goes on as if nothing had been', async () => {
    const rig = await startRig({ attach: 'message', refusal: 'silence', life: -1 })
    const app = account(rig, { attach: 'message' }, { handshakeTimeout: 200 })
    app.socket.send({ text: 'waits' })
    app.socket.connect()
    await app.socket.once('close')
    expect(app.errors).toMatchObject([{ code: 'HANDSHAKE_TIMEOUT' }])
    expect(app.socket.state.get()).toMatchObject({ status: 'waiting', attempt: 1 })
    await rig.behave({ life: 60_000 })
    await app.socket.opened()
    expect((await rig.counts()).early).toBe(0)
    await expectUsable(rig, app)
  })
})

describe.skipIf(isBrowser)('a token endpoint', () => {
  it('B35 that is dead fails attempts with CONNECT_TIMEOUT, one after the other, and is left alone in between', async () => {
    const rig = await startRig({ answers: 'hang' })
    const app = account(rig, {}, { connectTimeout: 200 })
    app.socket.connect()
    await rig.until('tokenRequestsAborted', 2)
    expect(app.errors[0]).toMatchObject({ code: 'CONNECT_TIMEOUT' })
    expect(app.closes[0]).toMatchObject({ code: 1006, origin: 'timeout' })
    expect([app.mostUnderWay(), (await rig.counts()).handshakes]).toEqual([1, 0])
    await rig.behave({ answers: 'token' })
    await expectUsable(rig, app)
  })

  it('that is slow is waited for, and asked once', async () => {
    const rig = await startRig({ delay: 500 })
    const app = account(rig)
    app.socket.connect()
    await rig.until('tokenRequestsAlive', 1)
    expect(app.socket.state.get()).toMatchObject({ status: 'connecting', phase: 'credentials' })
    await expectUsable(rig, app)
    expect(app.reasons).toEqual(['connect'])
  })

  it('B37 that is slow is told when the user does not wait for it', async () => {
    const rig = await startRig({ answers: 'hang' })
    const { socket } = account(rig)
    socket.connect()
    await rig.until('tokenRequestsAlive', 1)
    await socket.close()
    await rig.until('tokenRequestsAborted', 1)
    expect((await rig.counts()).handshakes).toBe(0)
  })

  it('B36 that fails is told, asked again, and good for the next attempt', async () => {
    const rig = await startRig({ answers: 500 })
    const app = account(rig)
    app.socket.connect()
    await rig.until('tokenRequests', 3)
    expect(new Set(app.errors.map(({ code }) => code))).toEqual(new Set(['PROVIDER']))
    expect((await rig.counts()).handshakes).toBe(0)
    await rig.behave({ answers: 'token' })
    await expectUsable(rig, app)
  })

  it('B43 that says the session is over ends it, until the user connects again', async () => {
    const rig = await startRig({ answers: 401 })
    const app = account(rig)
    app.socket.connect()
    await app.reached('unauthorized')
    await expect(rig.until('tokenRequests', 2, 300)).rejects.toThrow('No 2 tokenRequests')
    expect((await rig.counts()).handshakes).toBe(0)
    await rig.behave({ answers: 'token' })
    app.socket.connect()
    await expectUsable(rig, app)
  })

  it('B47 that says signed out closes the socket, and what waits stays', async () => {
    const rig = await startRig({ answers: 'signed-out' })
    const { socket, reached } = account(rig)
    socket.send({ text: 'waits' })
    socket.connect()
    await reached('closed')
    expect(socket.state.get()).toMatchObject({ cause: { origin: 'auth' } })
    expect(socket.queue.get()).toMatchObject({ messages: 1, dropped: 0 })
    expect(await rig.counts()).toMatchObject({ handshakes: 0, tokenRequests: 1 })
  })

  it('B47 that says signed out when a token is to be renewed ends the connection', async () => {
    const rig = await startRig({ expiresIn: 1_500 })
    const { socket, closes, reached } = account(rig)
    socket.connect()
    await socket.opened()
    await rig.behave({ answers: 'signed-out' })
    await reached('closed')
    expect(closes).toMatchObject([{ origin: 'auth' }])
    await rig.until('closed', 1)
    expect(await rig.counts()).toMatchObject({ handshakes: 1, tokenRequests: 2 })
  })

  it('B39 is asked once for five sockets that share an account, at first and when all were refused', async () => {
    const rig = await startRig({ attach: 'message', delay: 200 })
    const tokens = tokensOf(rig)
    const auth = authFor(rig, { getToken: tokens.getToken, attach: 'message' })
    const apps = Array.from({ length: 5 }, () => account(rig, {}, { auth }))
    for (const { socket } of apps) socket.connect()
    await Promise.all(apps.map(({ socket }) => socket.opened()))
    expect(tokens.reasons).toEqual(['connect'])
    await rig.revoke()
    const reopened = apps.map(({ socket }) => socket.once('open'))
    await rig.hangUp(4401, 'revoked')
    await Promise.all(reopened)
    expect(tokens.reasons).toEqual(['connect', 'rejected'])
    expect(await rig.counts()).toMatchObject({ tokenRequests: 2, tokenRequestsAtOnce: 1, accepted: 10 })
    expect((await tokensShown(rig)).flat()).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1])
  })
})

describe.skipIf(isBrowser)('a JWT of 2.5 s', () => {
  const life = 2_500

  it("B44 with renew: 'next' is renewed before it expires, the connection stays, and the next one uses it", async () => {
    const rig = await startRig({ life, enforcesExpiry: false })
    const { socket, reasons, closes } = account(rig)
    socket.connect()
    await rig.until('tokenRequests', 2)
    await rig.until('tokenRequestsAlive', 0)
    const [first, second] = await rig.tokenRequests()
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeLessThan(life)
    expect([reasons, closes, socket.state.get().status]).toEqual([['connect', 'expiring'], [], 'open'])
    const reopened = socket.once('open')
    await rig.hangUp(1012)
    await reopened
    expect(await tokensShown(rig)).toEqual([[0], [1]])
    expect(reasons).toEqual(['connect', 'expiring'])
  })

  it("B44 with renew: 'next' on a server that enforces the expiry breaks once, and comes back with another", async () => {
    const rig = await startRig({ life })
    const app = account(rig)
    app.socket.connect()
    await rig.until('accepted', 2)
    expect(app.closes).toMatchObject([{ code: 4401, reason: 'token expired', origin: 'server' }])
    expect((await tokensShown(rig))[1]).not.toEqual([0])
    await expectUsable(rig, app)
  })

  it.each(isBrowser ? (['message'] as const) : (['message', 'query'] as const))(
    "B44 with renew: 'in-band' and attach: '%s' outlives its expiry on one and the same connection",
    async (attach) => {
      const rig = await startRig({ attach, life })
      const { socket, closes, messages, reasons } = account(rig, { attach, renew: 'in-band' })
      socket.connect()
      // The second renewal comes after the expiry of the first token.
      await rig.until('renewals', 2, 3 * life)
      expect(await tokensShown(rig)).toEqual([[0, 1, 2]])
      expect(reasons).toEqual(['connect', 'expiring', 'expiring'])
      expect([closes, messages]).toEqual([[], []])
      expect(await rig.counts()).toMatchObject({ handshakes: 1, open: 1, tokenRequestsAtOnce: 1 })
    },
    15_000,
  )
})

describe.skipIf(isBrowser)('a successor that is sent in-band and refused', () => {
  it.each(['close', 'message'] as const)(
    'B42 by a %s leads to a new connection, with a fresh one',
    async (refusal) => {
      // To the client it is about to expire, to the server it is not: nothing but the refusal ends the connection.
      const rig = await startRig({ expiresIn: 1_500, refusal, deliberation: 200 })
      const app = account(rig, { renew: 'in-band' })
      app.socket.connect()
      await app.socket.opened()
      await rig.behave({ life: -60_000 })
      await rig.until('tokenRequests', 2)
      await rig.behave({ life: 60_000 })
      await rig.until('accepted', 2)
      await app.socket.opened()
      expect(app.reasons).toEqual(['connect', 'expiring', 'rejected'])
      expect(await tokensShown(rig)).toEqual([[0, 1], [2]])
      await expectUsable(rig, app)
    },
  )
})

describe.skipIf(isBrowser)('an endpoint that is down while the token lives', () => {
  it('B46 costs no connection', async () => {
    const rig = await startRig({ expiresIn: 1_500 })
    const app = account(rig)
    app.socket.connect()
    await app.socket.opened()
    await rig.behave({ answers: 500 })
    await app.socket.once('error')
    expect(app.errors).toMatchObject([{ code: 'PROVIDER' }])
    expect([app.closes, app.socket.state.get().status]).toEqual([[], 'open'])
    await expectUsable(rig, app)
    expect((await rig.counts()).handshakes).toBe(1)
  })

  // Node and Chromium alone: it takes up to 12 s.
  it('B46 is asked again after 5 to 10 s', async () => {
    const rig = await startRig({ expiresIn: 1_500 })
    const { socket, closes, errors } = account(rig)
    socket.connect()
    await socket.opened()
    await rig.behave({ answers: 500 })
    await rig.until('tokenRequests', 2)
    await rig.behave({ answers: 'token', expiresIn: 60_000 })
    await rig.until('tokenRequests', 3, 11_000)
    const [, failed, renewed] = await rig.tokenRequests()
    const wait = (renewed?.at ?? 0) - (failed?.at ?? 0)
    expect(wait).toBeGreaterThanOrEqual(5_000)
    expect(wait).toBeLessThanOrEqual(10_500)
    expect([closes, errors.length, (await rig.counts()).handshakes]).toEqual([[], 1, 1])
  }, 20_000)
})

describe.skipIf(isBrowser)('a handshake that is refused, of which a browser does not say why', () => {
  const minUptime = 600

  it.each(['401', '503', 'nobody listens'])(
    'B51 (%s) leads to a fresh token once per minUptime, and not to a storm',
    async (how) => {
      const rig = await startRig()
      const app = account(rig, {}, { minUptime })
      if (how === 'nobody listens') await rig.refuse()
      else await rig.behave({ handshake: Number(how) })
      const start = Date.now()
      app.socket.connect()
      while (app.closes.length < 20 || Date.now() - start < minUptime * 2) await app.socket.once('close')
      const refusals = app.reasons.filter((reason) => reason === 'rejected').length
      expect(refusals).toBeGreaterThanOrEqual(2)
      expect(refusals).toBeLessThanOrEqual(1 + Math.ceil((Date.now() - start) / minUptime))
      expect(app.reasons.filter((reason) => reason === 'connect')).toHaveLength(1)
      // The last one may still be on its way.
      const { tokenRequests } = await rig.counts()
      expect(tokenRequests).toBeGreaterThanOrEqual(app.reasons.length - 1)
      expect(tokenRequests).toBeLessThanOrEqual(app.reasons.length)
      await rig.accept()
      await rig.behave({ handshake: 'verify' })
      await expectUsable(rig, app)
    },
    15_000,
  )

  it('B51 is no reason to doubt a token that goes by message', async () => {
    const rig = await startRig({ attach: 'message', handshake: 503 })
    const app = account(rig, { attach: 'message' }, { minUptime })
    app.socket.connect()
    await rig.until('handshakes', 10)
    expect(app.reasons).toEqual(['connect'])
    await rig.behave({ handshake: 'verify' })
    await expectUsable(rig, app)
  })
})

describe('B48 a token as a subprotocol', () => {
  it('comes last, in characters that a subprotocol may have, and the server takes the real one', async () => {
    const rig = await startRig({ attach: 'protocol', form: 'opaque' })
    const { socket } = account(rig, { attach: 'protocol' }, { protocols: ['hawser', 'v2'] })
    socket.connect()
    expect(await socket.once('open')).toMatchObject({ protocol: 'hawser' })
    expect(await tokensShown(rig)).toEqual([[0]])
  })

  it('is not shown where a server takes it for one', async () => {
    const rig = await startRig({ attach: 'protocol', selects: 'last' })
    const { socket } = account(rig, { attach: 'protocol' })
    socket.connect()
    expect(await socket.once('open')).toMatchObject({ protocol: '[redacted]' })
    expect(socket.state.get()).toMatchObject({ protocol: '[redacted]' })
  })
})

describe('B49 no token is shown', () => {
  const printed: unknown[] = []

  beforeEach(() => {
    printed.length = 0
    for (const method of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const) {
      vi.spyOn(console, method).mockImplementation((...args) => void printed.push(args))
    }
  })
  afterEach(() => {
    vi.restoreAllMocks()
  })

  it.each(
    attachments.flatMap((attach) => [
      { attach, form: 'jwt' as const },
      { attach, form: 'opaque' as const },
    ]),
  )(
    '($form, $attach) in the events, errors, states, inspector or console of a life with every trouble',
    async ({ attach, form }) => {
      const rig = await startRig({ attach, form, expiresIn: 60_000, selects: 'last' })
      const told: unknown[] = []
      const inspected: InspectEvent[] = []
      const app = account(
        rig,
        { attach },
        {
          inspect: (event) => inspected.push(event),
          environment: { reportError: (error) => void told.push(error) },
          rotation: rotation({ linger: 50 }),
          connectTimeout: 400,
          minUptime: 0,
        },
      )
      const { socket, reached } = app
      for (const event of ['state', 'open', 'close', 'error', 'drop'] as const) {
        socket.on(event, (payload) => told.push(payload))
      }
      const token = async () => (await rig.issued()).at(-1) as string

      socket.connect()
      await socket.opened()
      // Its own words come back from the server: in a frame that is no JSON, and in the reason of a close.
      await rig.send(`rubbish around ${await token()}`)
      const reopened = socket.once('open')
      await rig.hangUp(4401, `no: ${(await token()).slice(0, 100)}`)
      await reopened
      // A handler of the app throws with the token in its hands.
      const secret = await token()
      const off = socket.on('message', () => {
        throw new Error(`Cannot use ${secret}`, { cause: { request: { secret } } })
      })
      const thrown = socket.once('error')
      await rig.send('{"text":"heard"}')
      await thrown
      off()
      // A second connection takes over, and another one is refused.
      const { accepted } = await rig.counts()
      socket.rotate()
      await rig.until('accepted', accepted + 1)
      await atRest(socket)
      await rig.behave({ handshake: 401 })
      const failed = socket.once('error')
      socket.rotate()
      await failed
      await rig.behave({ handshake: 'verify' })
      // The endpoint fails, and quotes a token as it does; then it hangs.
      await rig.revoke()
      await rig.behave({ answers: 500 })
      const down = socket.once('error')
      await rig.hangUp(4401)
      await down
      await rig.behave({ answers: 'hang' })
      await rig.until('tokenRequestsAborted', 1)
      // The handshake is refused, and not answered.
      await rig.behave({ answers: 'token', handshake: 401 })
      const { handshakes } = await rig.counts()
      await rig.until('handshakes', handshakes + 2)
      await rig.behave({ handshake: 'verify' })
      await reached('open')
      // No token is good any more.
      await rig.behave({ answers: 401 })
      await rig.revoke()
      await rig.hangUp(4401)
      await reached('unauthorized')

      const issued = await rig.issued()
      expect(issued.length).toBeGreaterThanOrEqual(3)
      const shown = allText([told, inspected, printed, app.errors, app.closes, socket.state.get()])
      // It is no test unless there was something to hide.
      expect(shown).toContain('[redacted]')
      for (const one of issued) {
        for (const secret of [one, encodeURIComponent(one), base64url(one)])
          expect(shown).not.toContain(secret)
      }
    },
    20_000,
  )
})

describe('B52 a token and an open line', () => {
  // Node alone: browsers may not reach this address, which is loopback but does not look it.
  it.skipIf(platform !== 'node')('are kept apart unless the app allows it', async () => {
    const rig = await startRig()
    const url = rig.url.replace('127.0.0.1', '0.0.0.0')
    const auth = authFor(rig)
    const options = { auth, environment: environment() }
    expect(() => createSocket(url, options)).toThrow(expect.objectContaining({ code: 'INSECURE_TOKEN' }))
    expect(await rig.counts()).toMatchObject({ tokenRequests: 0, handshakes: 0 })
    const { socket } = open(url, { auth, allowInsecure: true })
    socket.connect()
    await socket.opened()
    expect(await tokensShown(rig)).toEqual([[0]])
  })

  it('are kept apart where the address is known at the attempt alone, before a token is asked for', async () => {
    const rig = await startRig()
    const { reasons, getToken } = tokensOf(rig)
    const socket = createSocket(() => 'ws://app.example/', {
      auth: authFor(rig, { getToken }),
      retries: 2,
      retryDelay: () => 10,
      environment: environment(),
    })
    const codes: string[] = []
    socket.on('error', ({ code }) => codes.push(code))
    socket.connect()
    await expect(socket.opened()).rejects.toMatchObject({ code: 'CLOSED' })
    expect([codes, reasons]).toEqual([Array(3).fill('INSECURE_TOKEN'), []])
  })
})

describe.skipIf(isBrowser)('getToken gives something else', () => {
  type Answer = TokenAuthOptions['getToken']
  const refuse = (thrown: unknown): Answer => {
    return () => {
      throw thrown
    }
  }

  it.each<readonly [string, Answer, string]>([
    ['throws an Error', refuse(new Error('down')), 'PROVIDER'],
    ['throws undefined', refuse(undefined), 'PROVIDER'],
    ['throws an object without a prototype', refuse(Object.create(null)), 'PROVIDER'],
    ['rejects', () => Promise.reject(new TypeError('no network')), 'PROVIDER'],
    ['hangs', () => new Promise(() => {}), 'CONNECT_TIMEOUT'],
    ['gives a number', () => 17 as never, 'PROVIDER'],
    ['gives undefined', () => undefined as never, 'PROVIDER'],
    ['gives an object without a token', () => ({}) as never, 'PROVIDER'],
    ['gives a token that is none', () => ({ token: 17 }) as never, 'PROVIDER'],
    ['gives an empty string', () => '', 'PROVIDER'],
    ['gives a date as text', () => ({ token: 'a', expiresAt: '2030-01-01' }) as never, 'PROVIDER'],
  ])('B36 (%s): an error by its code, and the next attempt works', async (_, first, code) => {
    const rig = await startRig()
    const { getToken } = tokensOf(rig)
    let calls = 0
    const app = account(
      rig,
      { getToken: (context) => (calls++ ? getToken(context) : first(context)) },
      { connectTimeout: 500 },
    )
    app.socket.connect()
    await app.socket.once('close')
    expect(app.errors).toMatchObject([{ code }])
    await expectUsable(rig, app)
    expect(app.errors).toHaveLength(1)
  })

  it.each<readonly [string, string]>([
    ['an empty object', 'a.e30.c'],
    ['null', `a.${base64url('null')}.c`],
    ['half of one', `a.${base64url('{"exp":')}.c`],
    ['an exp that is text', `a.${base64url('{"exp":"soon"}')}.c`],
    ['an exp below zero', `a.${base64url('{"exp":-1}')}.c`],
    ['an exp beyond all numbers', `a.${base64url('{"exp":1e999}')}.c`],
    ['no base64', 'a.ä%.c'],
    ['dots alone', '..'],
  ])('a JWT of garbage (%s) is refused by the server, and a fresh one takes its place', async (_, token) => {
    const rig = await startRig({ attach: 'message', answers: { instead: { token } } })
    const app = account(rig, { attach: 'message' })
    app.socket.connect()
    await rig.until('tokenRequests', 1)
    await rig.behave({ answers: 'token' })
    await expectUsable(rig, app)
    expect((await tokensShown(rig))[0]).toEqual([-1])
    expect(app.socket.state.get().status).toBe('open')
  })

  it('an expiresAt that makes no sense leaves the connection in peace, and the endpoint too', async () => {
    const nonsense = {
      'beyond all dates': 1e300,
      NaN: Number.NaN,
      null: null,
      'in seconds': Math.floor(Date.now() / 1_000) + 3_600,
      zero: 0,
      'below zero': -1,
      '-Infinity': Number.NEGATIVE_INFINITY,
    }
    const rig = await startRig()
    const apps = Object.entries(nonsense).map(([client, expiresAt]) => {
      const { getToken } = tokensOf(rig, client)
      return account(rig, {
        getToken: async (context) => ({ ...(await getToken(context)), expiresAt }) as never,
      })
    })
    for (const { socket } of apps) socket.connect()
    await Promise.all(apps.map(({ socket }) => socket.opened()))
    await expect(rig.until('tokenRequests', apps.length + 1, 500)).rejects.toThrow('No 8 tokenRequests')
    expect((await rig.tokenRequests()).map(({ client }) => client).sort()).toEqual(
      Object.keys(nonsense).sort(),
    )
    expect(apps.flatMap(({ closes, errors }) => [...closes, ...errors])).toEqual([])
    for (const { socket } of apps) socket.send({ text: 'still here' })
    await rig.until('messages', apps.length)
  })
})

/** As the library makes it, by other means. */
function base64url(text: string): string {
  const bytes = String.fromCharCode(...new TextEncoder().encode(text))
  return btoa(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
