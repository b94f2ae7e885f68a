// tokenAuth in a socket: when a token is asked for, where it goes, and what a refusal leads to.
import { describe, expect, it, vi } from 'vitest'
import {
  createSocket,
  json,
  SocketError,
  type TokenAuthOptions,
  type TokenContext,
  tokenAuth,
} from '../../../src'
import { manualClock, memoryServer } from '../../../src/testing'
import { openRig, outcome, record, rig, tape } from './support'

const wss = 'wss://memory.test/'
/** A getToken that gives t1, t2, … and notes why it was asked. */
function tokens() {
  const asked: TokenContext[] = []
  const getToken = vi.fn(async (context: TokenContext) => {
    asked.push(context)
    return `t${asked.length}`
  })
  return { asked, getToken, reasons: () => asked.map(({ reason }) => reason) }
}
const jwt = (claims: object) => `h.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`
const inMessage = {
  attach: 'message',
  isAccepted: (m: any) => m.type === 'welcome',
  isRejected: (m: any) => m.type === 'refused',
} as const

describe('when getToken is called', () => {
  it('B38 at every attempt, where nothing says how long the token lives', async () => {
    const { getToken, asked } = tokens()
    const { clock, server, socket } = rig({ url: wss, auth: tokenAuth({ getToken }), retryDelay: () => 10 })
    server.mode = 'refuse'
    socket.connect()
    await clock.advance(25)
    expect(server.connections.map(({ url }) => url)).toEqual([1, 2, 3].map((n) => `${wss}?token=t${n}`))
    expect(asked.map(({ attempt }) => attempt)).toEqual([0, 1, 2])
  })

  it.each([
    ['expiresAt', (expiresAt: number) => ({ token: 'fresh', expiresAt })],
    ['exp of a JWT', (expiresAt: number) => jwt({ exp: expiresAt / 1_000 })],
  ])('B38 not while the token at hand is fresh by %s, less the leeway', async (_, give) => {
    let life = 3_600_000
    const getToken = vi.fn(() => give(clock.now() + life))
    const { clock, socket } = rig({ url: wss, auth: tokenAuth({ getToken, leeway: 10_000 }) })
    // Not kept open meanwhile: that would renew the token.
    const again = async () => {
      socket.connect()
      await clock.advance(0)
      expect(socket.state.get().status).toBe('open')
      void socket.close()
      await clock.advance(0)
    }
    await again()
    await again()
    expect(getToken).toHaveBeenCalledTimes(1)
    await clock.advance(3_589_999)
    await again()
    expect(getToken).toHaveBeenCalledTimes(1)
    await clock.advance(1)
    life = 10_000
    await again()
    expect(getToken).toHaveBeenCalledTimes(2)
    // A short life has a short leeway: a tenth of it.
    await clock.advance(8_999)
    await again()
    expect(getToken).toHaveBeenCalledTimes(2)
    await clock.advance(1)
    await again()
    expect(getToken).toHaveBeenCalledTimes(3)
  })

  it('B39 sockets that need a token at the same time share one call', async () => {
    const clock = manualClock()
    const server = memoryServer({ clock })
    const { getToken } = tokens()
    const auth = tokenAuth({ getToken })
    const sockets = Array.from({ length: 10 }, () =>
      createSocket(wss, { auth, environment: { WebSocket: server.WebSocket, clock } }),
    )
    for (const socket of sockets) socket.connect()
    await clock.advance(0)
    expect(getToken).toHaveBeenCalledTimes(1)
    expect(server.connections.map(({ url }) => url)).toEqual(sockets.map(() => `${wss}?token=t1`))
  })

  it('B39 one who leaves does not abort the call that others wait for; the last one does', async () => {
    const clock = manualClock()
    const server = memoryServer({ clock })
    let give = (_: string) => {}
    const signals: AbortSignal[] = []
    const auth = tokenAuth({
      getToken: ({ signal }) => {
        signals.push(signal)
        return new Promise((resolve) => (give = resolve))
      },
    })
    const [one, two] = [0, 1].map(() =>
      createSocket(wss, { auth, environment: { WebSocket: server.WebSocket, clock } }),
    ) as [ReturnType<typeof createSocket>, ReturnType<typeof createSocket>]
    one.connect()
    two.connect()
    await clock.advance(0)
    void one.close()
    expect(signals.map(({ aborted }) => aborted)).toEqual([false])
    give('t')
    await clock.advance(0)
    expect(two.state.get().status).toBe('open')
    expect(server.connections.length).toBe(1)

    two.reconnect()
    await clock.advance(0)
    expect(signals.length).toBe(2)
    void two.close()
    await clock.advance(0)
    expect(signals[1]?.aborted).toBe(true)
  })

  it('B35 fails the attempt at connectTimeout where it never settles, and asks again', async () => {
    const getToken = vi.fn((_: TokenContext) => new Promise<string>(() => {}))
    const { clock, socket, status } = rig({ url: wss, auth: tokenAuth({ getToken }), connectTimeout: 2_000 })
    const errors = tape(socket, 'error')
    socket.connect()
    await clock.advance(2_000)
    expect(errors).toMatchObject([{ code: 'CONNECT_TIMEOUT' }])
    expect(status()).toBe('waiting')
    expect(getToken.mock.calls[0]?.[0].signal.aborted).toBe(true)
    await clock.advance(500)
    expect(getToken).toHaveBeenCalledTimes(2)
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('offline')
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('offline')
      },
    ],
    ['gives nothing', () => undefined as never],
    ['gives a number', () => 7 as never],
    ['gives an object without a token', () => ({ expiresAt: 5 }) as never],
  ])('B36 one that %s fails the attempt: reported, retried, called again', async (_, broken) => {
    let works = false
    const getToken = vi.fn(() => (works ? 't' : broken()))
    const { clock, socket, status } = rig({ url: wss, auth: tokenAuth({ getToken }) })
    const told = record(socket, ['close', 'error'])
    socket.connect()
    await clock.advance(0)
    expect(told).toMatchObject([
      ['error', { code: 'PROVIDER' }],
      ['close', { origin: 'auth' }],
    ])
    expect(status()).toBe('waiting')
    works = true
    await clock.advance(500)
    expect(status()).toBe('open')
    expect(getToken).toHaveBeenCalledTimes(2)
  })

  it('B37 close() aborts its signal, and the late token opens nothing', async () => {
    let give = (_: string) => {}
    let signal: AbortSignal | undefined
    const { clock, server, socket } = rig({
      url: wss,
      auth: tokenAuth({
        getToken: (context) => {
          signal = context.signal
          return new Promise((resolve) => (give = resolve))
        },
      }),
    })
    socket.connect()
    await clock.advance(0)
    void socket.close()
    expect(signal?.aborted).toBe(true)
    give('late')
    await clock.advance(60_000)
    expect(server.connections).toEqual([])
  })

  it('B37 a late token does not take the place of a newer one', async () => {
    const gives: ((token: { token: string; expiresAt: number }) => void)[] = []
    const { clock, server, socket } = rig({
      url: wss,
      auth: tokenAuth({ getToken: () => new Promise((resolve) => gives.push(resolve)) }),
    })
    const expiresAt = clock.now() + 3_600_000
    socket.connect()
    await clock.advance(0)
    // Somebody else signs in.
    void socket.close()
    socket.connect()
    await clock.advance(0)
    gives[1]?.({ token: 'bob', expiresAt })
    await clock.advance(0)
    gives[0]?.({ token: 'alice', expiresAt })
    await clock.advance(0)
    socket.reconnect()
    await clock.advance(0)
    expect(server.connections.map(({ url }) => url)).toEqual([`${wss}?token=bob`, `${wss}?token=bob`])
  })
})

describe('where the token goes', () => {
  it('in the query by default, behind what is there', async () => {
    const { server } = await openRig({ url: `${wss}?room=1`, auth: tokenAuth({ getToken: () => 'a/b c&d' }) })
    expect(server.latest.url).toBe(`${wss}?room=1&token=a%2Fb%20c%26d`)
  })

  it('under the name that param gives', async () => {
    const { server } = await openRig({ url: wss, auth: tokenAuth({ getToken: () => 't', param: 'access' }) })
    expect(server.latest.url).toBe(`${wss}?access=t`)
  })

  it.each(['plain', 'with/slash+plus==', 'ключ-鍵-🔑', 'a b,c;d"e'])(
    'B48 as the last subprotocol, in base64url without padding: %s',
    async (token) => {
      const { server, socket } = await openRig({
        url: wss,
        protocols: ['chat.v2', 'chat.v1'],
        auth: tokenAuth({ getToken: () => token, attach: 'protocol' }),
      })
      const offered = server.latest.protocols
      expect(offered.slice(0, 2)).toEqual(['chat.v2', 'chat.v1'])
      expect(offered.length).toBe(3)
      expect(offered[2]).toMatch(/^[A-Za-z0-9_-]+$/)
      expect(Buffer.from(offered[2] ?? '', 'base64url').toString()).toBe(token)
      expect(socket.state.get()).toMatchObject({ protocol: 'chat.v2' })
    },
  )

  it('B48 a server that selects the token shows as [redacted]', async () => {
    const { socket } = await openRig({
      url: wss,
      protocols: 'chat',
      auth: tokenAuth({ getToken: () => 'secret', attach: 'protocol' }),
      server: { selectProtocol: (offered) => offered.at(-1) },
    })
    expect(socket.state.get()).toMatchObject({ status: 'open', protocol: '[redacted]' })
  })

  it('B48 without a real protocol it throws INVALID_OPTION: at once, or where a function gives none, at the attempt', async () => {
    const auth = tokenAuth({ getToken: () => 't', attach: 'protocol' })
    expect(() => rig({ url: wss, auth })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
    const { clock, server, socket } = rig({ url: wss, auth, protocols: () => [] })
    const errors = tape(socket, 'error')
    socket.connect()
    await clock.advance(0)
    expect(errors).toMatchObject([{ code: 'INVALID_OPTION' }])
    expect(server.connections).toEqual([])
  })

  it('in a header where the platform takes headers', async () => {
    const { server } = await openRig({ url: wss, auth: tokenAuth({ getToken: () => 't', attach: 'header' }) })
    expect(server.latest.headers).toEqual({ authorization: 'Bearer t' })
    expect(server.latest.url).toBe(wss)
  })

  it('says so where the platform takes none', async () => {
    const { clock, server, socket } = rig({
      url: wss,
      auth: tokenAuth({ getToken: () => 't', attach: 'header' }),
      environment: { takesHeaders: false },
    })
    const errors = tape(socket, 'error')
    socket.connect()
    await clock.advance(0)
    expect(errors).toMatchObject([{ code: 'INVALID_OPTION', message: expect.stringContaining('headers') }])
    expect(server.connections).toEqual([])
  })

  it('where a function puts it', async () => {
    const { server } = await openRig({
      url: wss,
      protocols: 'chat',
      auth: tokenAuth({
        getToken: () => 't',
        attach: (token, request) => ({
          url: `${request.url}${token}/room`,
          protocols: [...request.protocols, 'v1'],
          headers: { 'x-token': token },
        }),
      }),
    })
    expect(server.latest).toMatchObject({
      url: `${wss}t/room`,
      protocols: ['chat', 'v1'],
      headers: { 'x-token': 't' },
    })
  })

  it('a function that throws fails the attempt', async () => {
    const { clock, socket, status } = rig({
      url: wss,
      auth: tokenAuth({
        getToken: () => 't',
        attach: () => {
          throw new Error('mine')
        },
      }),
    })
    const errors = tape(socket, 'error')
    socket.connect()
    await clock.advance(0)
    expect(errors).toMatchObject([{ code: 'PROVIDER', message: expect.stringContaining('mine') }])
    expect(status()).toBe('waiting')
  })
})

describe('B52 a token over ws:', () => {
  const auth = tokenAuth({ getToken: () => 't' })
  it.each([
    'ws://example.com/',
    'http://example.com/',
    'ws://localhost.example.com/',
    'ws://example.com/localhost',
    'ws://127.0.0.1.example.com/',
    'ws://10.0.0.1/',
    'ws://notlocalhost/',
    'ws://localhost@example.com/',
    'ws://example.com/x.localhost',
    'ws://example.com/x.localhost/',
    'ws://example.com/?host=.localhost',
    'ws://example.com:8080/a/b.localhost:80/',
  ])('B52 is refused to %s', async (url) => {
    expect(() => rig({ url, auth })).toThrow(expect.objectContaining({ code: 'INSECURE_TOKEN' }))
    const { clock, server, socket } = rig({ url: () => url, auth })
    const errors = tape(socket, 'error')
    socket.connect()
    await clock.advance(0)
    expect(errors).toMatchObject([{ code: 'INSECURE_TOKEN' }])
    expect(server.connections).toEqual([])
  })

  it.each([
    'ws://localhost/',
    'ws://localhost:8080/x',
    'ws://app.localhost/',
    'ws://127.0.0.1:9/',
    'ws://127.1.2.3/',
    'ws://[::1]:80/',
    'ws://user:pass@localhost/',
    'http://localhost',
    'ws://LOCALHOST/',
  ])('B52 goes to %s', async (url) => {
    const { server } = await openRig({ url, auth })
    expect(server.latest.url).toContain('token=t')
  })

  it('B52 goes where allowInsecure permits it', async () => {
    const { server } = await openRig({ url: 'ws://example.com/', auth, allowInsecure: true })
    expect(server.latest.url).toBe('ws://example.com/?token=t')
  })

  it('B52 holds for every attachment', () => {
    const getToken = () => 't'
    const attachments: TokenAuthOptions[] = [
      { getToken, attach: 'query' },
      { getToken, attach: 'protocol' },
      { getToken, attach: 'header' },
      { getToken, ...inMessage },
      { getToken, attach: (_, request) => request },
    ]
    for (const options of attachments) {
      const make = () => rig({ url: 'ws://example.com/', protocols: 'chat', auth: tokenAuth(options) })
      expect(make).toThrow(expect.objectContaining({ code: 'INSECURE_TOKEN' }))
    }
  })

  it('B52 asks for no token that it would not send', async () => {
    const { getToken } = tokens()
    const { clock, socket } = rig({ url: () => 'ws://example.com/', auth: tokenAuth({ getToken }) })
    socket.connect()
    await clock.advance(0)
    expect(getToken).not.toHaveBeenCalled()
  })
})

describe("attach: 'message'", () => {
  const codec = json()

  it('B40 sends the token first, and not one other frame before the acceptance', async () => {
    const { getToken } = tokens()
    const { clock, server, socket, status } = rig({
      url: wss,
      codec,
      auth: tokenAuth({ getToken, ...inMessage }),
    })
    socket.send({ n: 1 })
    socket.connect()
    await clock.advance(0)
    socket.send({ n: 2 })
    expect(socket.state.get()).toEqual({ status: 'connecting', attempt: 0, phase: 'handshake' })
    expect(server.latest.received).toEqual(['{"type":"auth","token":"t1"}'])
    await clock.advance(5_000)
    expect(server.latest.received.length).toBe(1)
    server.latest.send('{"type":"welcome"}')
    await clock.advance(0)
    expect(status()).toBe('open')
    expect(server.latest.received.slice(1)).toEqual(['{"n":1}', '{"n":2}'])
  })

  it('B40 keeps the order of the wire: token, acceptance, handshake, resume, queue', async () => {
    const { getToken } = tokens()
    const { clock, server, socket } = rig({
      url: wss,
      codec,
      auth: tokenAuth({ getToken, ...inMessage }),
      onHandshake: async ({ send, receive }) => {
        send({ type: 'hello' })
        await receive()
      },
      server: {
        onMessage: (frame, connection) => {
          if (String(frame).includes('auth')) connection.send('{"type":"welcome"}')
          if (String(frame).includes('hello')) connection.send('{"type":"hi"}')
        },
      },
    })
    socket.use({ name: 'resume', handshake: ({ send }) => send({ type: 'resume' }) })
    socket.use({ name: 'channels', handshake: async ({ send }) => send({ type: 'subscribe' }) })
    socket.send({ type: 'queued' })
    socket.on('open', () => socket.send({ type: 'in open' }))
    for (let round = 0; round < 2; round++) {
      socket.connect()
      await clock.advance(0)
      expect(
        server.log
          .filter(({ connection, type }) => connection === round && type === 'message')
          .map((entry) => `${entry.from} ${JSON.parse((entry as { data: string }).data).type}`),
      ).toEqual([
        'client auth',
        'server welcome',
        'client hello',
        'server hi',
        'client resume',
        'client subscribe',
        ...(round === 0 ? ['client queued'] : []),
        'client in open',
      ])
      server.latest.die()
      await clock.advance(0)
    }
  })

  it('B40 the acceptance reaches no listener; what came before it is told after open', async () => {
    const { clock, server, socket } = rig({
      url: wss,
      codec,
      auth: tokenAuth({ getToken: () => 't', ...inMessage }),
    })
    const told = record(socket, ['open', 'message', 'error'])
    socket.connect()
    await clock.advance(0)
    server.latest.send('{"type":"news"}')
    server.latest.send('{"type":"welcome"}')
    server.latest.send('{"type":"more"}')
    await clock.advance(0)
    expect(told).toMatchObject([
      ['open', {}],
      ['message', { type: 'news' }],
      ['message', { type: 'more' }],
    ])
  })

  it('sends the bare token under raw, and what message makes', async () => {
    const bare = rig({
      url: wss,
      auth: tokenAuth({ getToken: () => 't', attach: 'message', isAccepted: (m) => m === 'ok' }),
    })
    bare.socket.connect()
    await bare.clock.advance(0)
    expect(bare.server.latest.received).toEqual(['t'])

    const own = rig({
      url: wss,
      auth: tokenAuth({ getToken: () => 't', ...inMessage, message: (token) => `LOGIN ${token}` }),
    })
    own.socket.connect()
    await own.clock.advance(0)
    expect(own.server.latest.received).toEqual(['LOGIN t'])
  })

  it('B41 no acceptance within the handshake timeout replaces the transport, as a failure', async () => {
    const { clock, server, socket, status } = rig({
      url: wss,
      codec,
      auth: tokenAuth({ getToken: () => 't', ...inMessage }),
      handshakeTimeout: 3_000,
    })
    const told = record(socket, ['open', 'close', 'error'])
    socket.connect()
    await clock.advance(2_999)
    expect(status()).toBe('connecting')
    await clock.advance(1)
    expect(told).toMatchObject([
      ['error', { code: 'HANDSHAKE_TIMEOUT' }],
      ['close', { code: 1006, origin: 'timeout' }],
    ])
    expect(socket.state.get()).toMatchObject({ status: 'waiting', attempt: 1 })
    await clock.advance(500)
    expect(server.connections.map(({ client }) => client.readyState)).toEqual([3, 1])
    expect(socket.state.get()).toMatchObject({ status: 'connecting', attempt: 1 })
  })

  it('B41 the default is 10 000', async () => {
    const { clock, socket, status } = rig({
      url: wss,
      codec,
      connectTimeout: 60_000,
      auth: tokenAuth({ getToken: () => 't', ...inMessage }),
    })
    socket.connect()
    await clock.advance(9_999)
    expect(status()).toBe('connecting')
    await clock.advance(1)
    expect(status()).toBe('waiting')
  })

  it.each(['isAccepted', 'isRejected', 'message'])('a %s that throws fails the attempt', async (name) => {
    const { clock, server, socket, status } = rig({
      url: wss,
      codec,
      auth: tokenAuth({
        getToken: () => 't',
        ...inMessage,
        [name]: () => {
          throw new Error('mine')
        },
      }),
    })
    const errors = tape(socket, 'error')
    socket.connect()
    await clock.advance(0)
    server.latest.send('{"type":"any"}')
    await clock.advance(0)
    expect(errors).toMatchObject([{ code: 'PROVIDER', message: expect.stringContaining('mine') }])
    expect(status()).toBe('waiting')
  })
})

describe('B51 a refused handshake, of which a browser says no more', () => {
  /** Tokens that live long, a server that refuses, and an attempt each second. */
  async function refused(options: Partial<TokenAuthOptions> = {}) {
    const reasons: string[] = []
    const auth = tokenAuth({
      getToken: ({ reason }) => {
        reasons.push(reason)
        return { token: `t${reasons.length}`, expiresAt: 1e12 }
      },
      ...options,
    })
    const made = rig({ url: wss, auth, retryDelay: () => 1_000 })
    made.server.mode = 'refuse'
    made.socket.connect()
    await made.clock.advance(0)
    return { ...made, reasons }
  }

  it('leads to a fresh token with the next attempt, at most once per minUptime', async () => {
    const { clock, reasons, server } = await refused()
    await clock.advance(1_000)
    expect(reasons).toEqual(['connect', 'rejected'])
    await clock.advance(4_999)
    expect(reasons).toHaveLength(2)
    await clock.advance(1)
    expect(reasons).toEqual(['connect', 'rejected', 'rejected'])
    expect(server.connections.map(({ url }) => url.slice(-2))).toEqual([
      't1',
      't2',
      't2',
      't2',
      't2',
      't2',
      't3',
    ])
  })

  it('takes nothing from the one fresh token that a real refusal leads to', async () => {
    const { clock, reasons, server, status } = await refused()
    await clock.advance(1_000)
    server.mode = 'ignore'
    await clock.advance(1_000)
    server.latest.accept()
    server.latest.close(4401)
    await clock.advance(0)
    expect(reasons).toEqual(['connect', 'rejected', 'rejected'])
    expect(status()).toBe('connecting')
    server.latest.accept()
    server.latest.close(4401)
    await clock.advance(0)
    expect(status()).toBe('unauthorized')
    expect(reasons).toHaveLength(3)
  })

  it('says nothing of a token that goes in a message', async () => {
    const { clock, reasons } = await refused(inMessage)
    await clock.advance(10_000)
    expect(reasons).toEqual(['connect'])
  })

  it('is not one that got no answer in time', async () => {
    const { clock, reasons, server } = await refused()
    reasons.length = 0
    server.mode = 'ignore'
    await clock.advance(1_000)
    expect(reasons).toEqual(['rejected'])
    await clock.advance(40_000)
    expect(reasons).toHaveLength(1)
  })

  it('in a plain outage asks no more than once in five seconds', async () => {
    const { clock, reasons } = await refused()
    await clock.advance(600_000)
    expect(reasons.length).toBeLessThanOrEqual(121)
  })
})

describe('a refusal', () => {
  it('B42 asks once for a fresh token and tries at once; refused again it is unauthorized, with no loop', async () => {
    const { getToken, reasons } = tokens()
    const { clock, server, socket, status } = rig({
      url: wss,
      auth: tokenAuth({ getToken }),
      server: { onOpen: (connection) => connection.close(4401) },
    })
    const errors = tape(socket, 'error')
    socket.connect()
    await clock.advance(0)
    expect(reasons()).toEqual(['connect', 'rejected'])
    expect(server.connections.map(({ url }) => url)).toEqual([`${wss}?token=t1`, `${wss}?token=t2`])
    expect(status()).toBe('unauthorized')
    expect(errors.map(({ code }) => code)).toEqual(['UNAUTHORIZED'])
    await clock.advance(1_000_000)
    expect(server.connections.length).toBe(2)
    expect(clock.timers).toBe(0)
    expect(await outcome(socket.opened())).toBe('CLOSED')
  })

  it('B42 asks for a fresh one though the token at hand is not expired', async () => {
    const getToken = vi.fn(() => ({ token: 't', expiresAt: clock.now() + 1e9 }))
    const { clock, socket } = rig({
      url: wss,
      auth: tokenAuth({ getToken }),
      server: { onOpen: (connection) => connection.close(3000) },
    })
    socket.connect()
    await clock.advance(0)
    expect(getToken).toHaveBeenCalledTimes(2)
  })

  it('B42 goes on where the fresh token is taken, and counts anew after useful time', async () => {
    const { getToken, reasons } = tokens()
    const { clock, server, socket, status } = rig({ url: wss, auth: tokenAuth({ getToken }) })
    socket.connect()
    for (let round = 0; round < 3; round++) {
      await clock.advance(10_000)
      expect(status()).toBe('open')
      server.latest.close(4401)
      await clock.advance(0)
      expect(status()).toBe('open')
    }
    expect(reasons()).toEqual(['connect', 'rejected', 'rejected', 'rejected'])
  })

  it('B42 connect() tries again from unauthorized', async () => {
    const { getToken, reasons } = tokens()
    let refuses = true
    const { clock, socket, status } = rig({
      url: wss,
      auth: tokenAuth({ getToken }),
      server: { onOpen: (connection) => refuses && connection.close(4401) },
    })
    socket.connect()
    await clock.advance(0)
    expect(status()).toBe('unauthorized')
    refuses = false
    socket.connect()
    await clock.advance(0)
    expect(status()).toBe('open')
    expect(reasons().length).toBe(3)
    expect(await outcome(socket.opened())).toBe('resolved')
  })

  it('B42 B38 a refused token is not known to be fresh: connect() from unauthorized asks for another', async () => {
    let count = 0
    const getToken = vi.fn(() => ({ token: `t${++count}`, expiresAt: clock.now() + 1e9 }))
    let refuses = true
    const { clock, server, socket, status } = rig({
      url: wss,
      auth: tokenAuth({ getToken }),
      server: { onOpen: (connection) => refuses && connection.close(4401) },
    })
    socket.connect()
    await clock.advance(0)
    expect(status()).toBe('unauthorized')
    refuses = false
    socket.connect()
    await clock.advance(0)
    expect(server.connections.map(({ url }) => url)).toEqual(
      ['t1', 't2', 't3'].map((t) => `${wss}?token=${t}`),
    )
  })

  it('B47 after null the token from before is not used any more', async () => {
    const answers = ['alice', null, 'bob']
    const getToken = vi.fn(() => {
      const token = answers.shift()
      return token ? { token, expiresAt: clock.now() + 1e9 } : null
    })
    const { clock, server, socket, status } = rig({ url: wss, auth: tokenAuth({ getToken }) })
    socket.connect()
    await clock.advance(0)
    server.latest.close(4401)
    await clock.advance(0)
    expect(status()).toBe('closed')
    socket.connect()
    await clock.advance(0)
    expect(server.connections.map(({ url }) => url)).toEqual([`${wss}?token=alice`, `${wss}?token=bob`])
  })

  it('B42 a rejection in a message counts as one', async () => {
    const { getToken, reasons } = tokens()
    const { clock, server, socket, status } = rig({
      url: wss,
      codec: json(),
      auth: tokenAuth({ getToken, ...inMessage }),
      server: {
        onMessage: (frame, connection) =>
          connection.send(String(frame).includes('t1') ? '{"type":"refused"}' : '{"type":"welcome"}'),
      },
    })
    socket.connect()
    await clock.advance(0)
    expect(status()).toBe('open')
    expect(reasons()).toEqual(['connect', 'rejected'])
    expect(server.connections.length).toBe(2)
    expect(server.live).toBe(1)
  })

  it('B43 getToken ends it by throwing UNAUTHORIZED', async () => {
    const { clock, server, socket, status } = rig({
      url: wss,
      auth: tokenAuth({
        getToken: async () => {
          throw new SocketError('UNAUTHORIZED', 'sign in again')
        },
      }),
    })
    socket.connect()
    await clock.advance(1_000_000)
    expect(status()).toBe('unauthorized')
    expect(server.connections).toEqual([])
    expect(clock.timers).toBe(0)
  })

  it('B47 null means signed out: closed with origin auth', async () => {
    const { clock, server, socket } = rig({ url: wss, auth: tokenAuth({ getToken: () => null }) })
    socket.send('kept')
    socket.connect()
    await clock.advance(1_000_000)
    expect(socket.state.get()).toMatchObject({ status: 'closed', cause: { origin: 'auth' } })
    expect(server.connections).toEqual([])
    expect(socket.queue.get().messages).toBe(1)
  })

  it('without auth a refusal stops', async () => {
    const { clock, server, status } = await openRig()
    server.latest.close(4401)
    await clock.advance(0)
    expect(status()).toBe('closed')
  })
})
