// Tokens that are refused or no tokens at all, and handshakes that are refused without a reason, against a reference server.

import { describe, expect, it } from 'vitest'
import type { TokenAuthOptions } from '../../../src/index'
import { useAuthRig } from '../../support/harness'
import { account, base64url, expectUsable, tokensOf, tokensShown } from '../auth-support'

const startRig = useAuthRig()

describe('a token that is refused in a message', () => {
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
    const app = account(rig, { attach: 'message' }, { handshakeTimeout: 500 })
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

describe('a handshake that is refused, of which a browser does not say why', () => {
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

describe('getToken gives something else', () => {
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
      { connectTimeout: 1_000 },
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
