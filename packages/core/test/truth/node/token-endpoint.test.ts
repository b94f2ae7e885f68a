// A token endpoint that is slow, dead or wrong, or says that the session is over.

import { describe, expect, it } from 'vitest'
import { useAuthRig } from '../../support/harness'
import { account, authFor, expectUsable, tokensOf, tokensShown } from '../auth-support'

const startRig = useAuthRig()

/** Milliseconds that a busy machine may add to anything. */
const slack = 3_000

describe('a token endpoint', () => {
  it('B35 that is dead fails attempts with CONNECT_TIMEOUT, one after the other, and is left alone in between', async () => {
    const rig = await startRig({ answers: 'hang' })
    const app = account(rig, {}, { connectTimeout: 500 })
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

describe('an endpoint that is down while the token lives', () => {
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

  it('B46 is asked again after 5 to 10 s', async () => {
    const rig = await startRig({ expiresIn: 1_500 })
    const { socket, closes, errors } = account(rig)
    socket.connect()
    await socket.opened()
    await rig.behave({ answers: 500 })
    await rig.until('tokenRequests', 2)
    await rig.behave({ answers: 'token', expiresIn: 60_000 })
    await rig.until('tokenRequests', 3)
    const [, failed, renewed] = await rig.tokenRequests()
    const wait = (renewed?.at ?? 0) - (failed?.at ?? 0)
    expect(wait).toBeGreaterThanOrEqual(5_000)
    expect(wait).toBeLessThanOrEqual(10_000 + slack)
    expect([closes, errors.length, (await rig.counts()).handshakes]).toEqual([[], 1, 1])
  })
})
