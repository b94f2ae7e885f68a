// Auth against a reference server: real JWTs from a real endpoint, verified, expired and revoked for every attachment.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createSocket, type InspectEvent, rotation } from '../../src/index'
import { environment, platform, useAuthRig } from '../support/harness'
import {
  account,
  allText,
  atRest,
  attachments,
  authFor,
  base64url,
  expectUsable,
  tokensOf,
  tokensShown,
} from './auth-support'
import { open } from './support'

const startRig = useAuthRig()

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
    // It is refused after a while: by then the next one is to be good.
    const rig = await startRig({ attach, life: -60_000, deliberation: 300 })
    const app = account(rig, { attach }, { minUptime: 100 })
    app.socket.connect()
    await rig.until('tokenRequests', 1)
    await rig.behave({ life: 60_000, deliberation: 0 })
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
          connectTimeout: 1_000,
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
