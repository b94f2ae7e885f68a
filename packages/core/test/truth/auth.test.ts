// Auth, the handshake and the heartbeat against a real server: what it sees on the wire, and when.

import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { heartbeat, json, type TokenAuthOptions, tokenAuth } from '../../src/index'
import { useRig } from '../support/harness'
import { open } from './support'

const startRig = useRig()

const gate = (getToken: TokenAuthOptions['getToken']) =>
  tokenAuth({
    getToken,
    attach: 'message',
    isAccepted: (message) => (message as { type?: string }).type === 'auth-ok',
  })

describe('auth', () => {
  it('B40 sends the token, then the handshake, then what waits, and nothing before the acceptance', async () => {
    const rig = await startRig({ auth: { tokens: ['secret'] }, echo: true })
    const { socket } = open(rig.url, {
      auth: gate(() => 'secret'),
      codec: json(),
      onHandshake: ({ send }) => send({ type: 'join' }),
    })
    socket.on('open', () => socket.send({ n: 2 }))
    socket.send({ n: 1 })
    socket.connect()
    await rig.until('messages', 4)
    expect((await rig.connections())[0]?.frames).toEqual([
      '{"type":"auth","token":"secret"}',
      '{"type":"join"}',
      '{"n":1}',
      '{"n":2}',
    ])
  })

  it('B41 gives a server up that stays silent, and sends it nothing else', async () => {
    const rig = await startRig({ auth: { tokens: [], otherwise: 'silence' } })
    const { socket, errors } = open(rig.url, { auth: gate(() => 'x'), codec: json(), handshakeTimeout: 200 })
    socket.send({ n: 1 })
    socket.connect()
    await socket.once('close')
    expect(errors[0]).toMatchObject({ code: 'HANDSHAKE_TIMEOUT' })
    await rig.until('handshakes', 2)
    const frames = (await rig.connections()).flatMap((connection) => connection.frames)
    expect(new Set(frames)).toEqual(new Set(['{"type":"auth","token":"x"}']))
  })

  it('B17 asks for a fresh token once when the server closes with 4401, and then is unauthorized', async () => {
    const rig = await startRig({ auth: { tokens: ['new'] } })
    const reasons: string[] = []
    const { socket, reached } = open(rig.url, {
      auth: gate(({ reason }) => {
        reasons.push(reason)
        return reasons.length === 2 ? 'new' : 'old'
      }),
      codec: json(),
    })
    socket.connect()
    await socket.opened()
    expect(reasons).toEqual(['connect', 'rejected'])
    await rig.behave({ auth: { tokens: [] } })
    await rig.close(4401, 'expired')
    await reached('unauthorized')
    expect((await rig.counts()).handshakes).toBe(2)
  })

  it('B48 sends the token as the last subprotocol, and the server answers with the real one', async () => {
    const rig = await startRig()
    const { socket } = open(rig.url, {
      protocols: 'chat',
      auth: tokenAuth({ getToken: () => 'a/b+c=ü', attach: 'protocol' }),
    })
    socket.connect()
    expect(await socket.once('open')).toMatchObject({ protocol: 'chat' })
    expect((await rig.connections())[0]?.protocols).toEqual(['chat', 'YS9iK2M9w7w'])
  })

  it('B49 sends the token in the query, where the server finds it', async () => {
    const rig = await startRig()
    const { socket } = open(`${rig.url}live?v=1`, { auth: tokenAuth({ getToken: () => 'a&b' }) })
    socket.connect()
    await socket.opened()
    expect((await rig.connections())[0]?.url).toBe('/live?v=1&token=a%26b')
  })
})

describe('the handshake', () => {
  it('B129 receives its own answers, and leaves the rest to the listeners', async () => {
    const rig = await startRig({ echo: true })
    const received: unknown[] = []
    const { socket, messages, heard } = open(rig.url, {
      onHandshake: async ({ send, receive }) => {
        send('hello')
        send('more')
        received.push(await receive())
      },
    })
    socket.connect()
    await heard(1)
    expect([received, messages]).toEqual([['hello'], ['more']])
  })
})

describe('the heartbeat', () => {
  it('B67 replaces a connection that is half-open', async () => {
    const rig = await startRig()
    const { socket, closes } = open(rig.url, { heartbeat: heartbeat({ interval: 200, timeout: 500 }) })
    socket.connect()
    await socket.once('open')
    const closed = socket.once('close')
    await rig.stall()
    await closed
    expect(closes).toEqual([expect.objectContaining({ code: 1006, wasClean: false, origin: 'heartbeat' })])
    const reopened = socket.once('open')
    await rig.heal()
    await reopened
  })

  it('B63, B69 measures the round trip, and shows no pong', async () => {
    const rig = await startRig()
    await rig.latency(20)
    const { socket, messages } = open(rig.url, { heartbeat: heartbeat({ interval: 50, timeout: 2_000 }) })
    const measured = new Promise<number>((resolve) => {
      socket.latency.subscribe(() => resolve(socket.latency.get() as number))
    })
    socket.connect()
    expect(await measured).toBeGreaterThanOrEqual(35)
    expect(messages).toEqual([])
  })
})

describe('rubbish from the server', () => {
  it('B99 is an error with an excerpt or the issues, and the connection lives on', async () => {
    const rig = await startRig()
    const { socket, errors, messages, heard } = open(rig.url, {
      codec: json({ incoming: z.object({ n: z.number() }) }),
    })
    socket.connect()
    await socket.opened()
    await rig.send('<html>')
    await rig.send([1, 2, 3])
    await rig.send('{"n":"one"}')
    await rig.send('{"n":1}')
    await heard(1)
    expect(messages).toEqual([{ n: 1 }])
    expect(errors.map(({ code }) => code)).toEqual(['DECODE', 'DECODE', 'VALIDATION'])
    expect(errors[0]?.message).toContain('<html>')
    expect(errors[2]?.issues).toMatchObject([{ path: ['n'] }])
    expect((await rig.counts()).handshakes).toBe(1)
  })
})
