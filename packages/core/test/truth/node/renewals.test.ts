// Tokens that expire while a connection is open: renewed in time, in each of the ways, against a server that verifies.

import { describe, expect, it } from 'vitest'
import { rotation } from '../../../src/index'
import { useAuthRig } from '../../support/harness'
import { account, expectUsable, tokensShown } from '../auth-support'

const startRig = useAuthRig()

describe('a JWT that expires', () => {
  const life = 2_500

  it("B44 with renew: 'next' is renewed before it expires, the connection stays, and the next one uses it", async () => {
    // A tenth of a life is what a busy machine has at least.
    const life = 10_000
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

  it.each(['message', 'query'] as const)(
    "B44 with renew: 'in-band' and attach: '%s' outlives its expiry on one and the same connection",
    async (attach) => {
      // To the client a token expires early: so each renewal has two seconds.
      const rig = await startRig({ attach, life: 5_000, expiresIn: 3_400 })
      const { socket, closes, messages, reasons } = account(rig, { attach, renew: 'in-band' })
      socket.connect()
      // The second renewal comes after the expiry of the first token.
      await rig.until('renewals', 2)
      expect(await tokensShown(rig)).toEqual([[0, 1, 2]])
      expect(reasons).toEqual(['connect', 'expiring', 'expiring'])
      expect([closes, messages]).toEqual([[], []])
      expect(await rig.counts()).toMatchObject({ handshakes: 1, open: 1, tokenRequestsAtOnce: 1 })
    },
  )
})

describe('a successor that is sent in-band and refused', () => {
  it.each(['close', 'message'] as const)(
    'B42 by a %s leads to a new connection, with a fresh one',
    async (refusal) => {
      // To the client it is about to expire, to the server it is not: nothing but the refusal ends the connection.
      const rig = await startRig({ expiresIn: 1_500, refusal, deliberation: 500 })
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

it('B46 tries a rotation that failed again within 5 to 10 s, while the old token lives', async () => {
  // To the client the token is about to expire, to the server it is not.
  const rig = await startRig({ life: 60_000, expiresIn: 2_000 })
  const { socket, closes, reasons } = account(rig, { renew: 'rotate' }, { rotation: rotation() })
  socket.connect()
  await socket.opened()
  let failedAt = 0
  const failed = socket.once('error')
  socket.on('error', () => {
    failedAt = Date.now()
  })
  await rig.behave({ handshake: 503, expiresIn: 60_000 })
  expect(await failed).toMatchObject({ code: 'ROTATION' })
  await rig.behave({ handshake: 'verify' })
  await rig.until('accepted', 2)
  expect(Date.now() - failedAt).toBeGreaterThan(4_900)
  // B51: a browser does not say that it was 503, which may have been about the token.
  expect([closes, reasons]).toEqual([[], ['connect', 'expiring', 'rejected']])
  expect((await rig.counts()).handshakes).toBe(3)
})
