// Tokens that hang, are refused while others wait, or never expire: what one socket does must not hold up another.
import { describe, expect, it } from 'vitest'
import { rotation } from '../../../src/index'
import { useAuthRig } from '../../support/harness'
import { account, authFor, tokensOf } from '../auth-support'

const startRig = useAuthRig()

describe('a token', () => {
  it('B44 that never expires is not asked for again', async () => {
    const rig = await startRig()
    const { getToken, reasons } = tokensOf(rig)
    const { socket } = account(rig, {
      getToken: async (context) => ({ ...(await getToken(context)), expiresAt: Infinity }) as never,
    })
    socket.connect()
    await socket.opened()
    socket.reconnect()
    await rig.until('accepted', 2)
    await expect(rig.until('tokenRequests', 2, 400)).rejects.toThrow('No 2 tokenRequests')
    expect(reasons).toEqual(['connect'])
  })

  it('B46 whose renewal hangs is given up after connectTimeout, which is told, and asked for again', async () => {
    const rig = await startRig({ expiresIn: 1_500 })
    const app = account(rig, {}, { connectTimeout: 300 })
    app.socket.connect()
    await app.socket.opened()
    await rig.behave({ answers: 'hang' })
    await rig.until('tokenRequestsAlive', 1)
    await rig.behave({ answers: 'token', expiresIn: 60_000 })
    await rig.until('tokenRequests', 3)
    expect(app.errors).toMatchObject([{ code: 'CONNECT_TIMEOUT' }])
    expect([app.closes, app.reasons]).toEqual([[], ['connect', 'expiring', 'expiring']])
  })

  it('B35 whose renewal hangs does not hold up another socket of the account', async () => {
    const rig = await startRig({ expiresIn: 1_500 })
    const auth = authFor(rig)
    const [one, other] = [1, 2].map(() => account(rig, {}, { auth, connectTimeout: 300 }))
    one?.socket.connect()
    await one?.socket.opened()
    await rig.behave({ answers: 'hang' })
    await rig.until('tokenRequestsAlive', 1)
    // Given up, and not asked for again yet.
    await rig.until('tokenRequestsAlive', 0)
    await rig.behave({ answers: 'token' })
    other?.socket.connect()
    await rig.until('accepted', 2)
  })

  it('B39 is never asked for twice at once: one socket is refused while another waits', async () => {
    const rig = await startRig({ attach: 'message', life: null })
    const tokens = tokensOf(rig)
    const auth = authFor(rig, { getToken: tokens.getToken, attach: 'message' })
    const [one, other] = [1, 2].map(() => account(rig, {}, { auth }))
    one?.socket.connect()
    await one?.socket.opened()
    await rig.behave({ delay: 300 })
    other?.socket.connect()
    await rig.until('tokenRequestsAlive', 1)
    await rig.hangUp(4401, 'revoked')
    await rig.until('accepted', 3)
    expect(tokens.mostUnderWay()).toBe(1)
  })

  it.each(['query', 'message'] as const)(
    'B42 B51 that was refused to a rotation is replaced with the next one (%s)',
    async (attach) => {
      const rig = await startRig({ attach })
      const app = account(rig, { attach }, { rotation: rotation(), minUptime: 100 })
      app.socket.connect()
      await app.socket.opened()
      await rig.revoke()
      const told = app.socket.once('error')
      app.socket.rotate()
      await told
      app.socket.rotate()
      await rig.until('accepted', 2)
      expect(app.reasons).toEqual(['connect', 'rejected'])
    },
  )

  it('B47 that a rotation asks for in vain, since the user signed out, closes the socket', async () => {
    const rig = await startRig({ life: null })
    const app = account(rig, {}, { rotation: rotation() })
    app.socket.connect()
    await app.socket.opened()
    await rig.behave({ answers: 'signed-out' })
    app.socket.rotate()
    await app.reached('closed')
    expect(app.closes).toMatchObject([{ origin: 'auth' }])
  })
})
