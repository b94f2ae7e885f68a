// No token anywhere: not in text, not in errors or below them, not in anything that the socket shows.
import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSocket, json, type SocketOptions, type TokenAuthOptions, tokenAuth } from '../../src'
import { base64url } from '../../src/auth/attach-token'
import { SocketError } from '../../src/errors'
import { redactor, wrapError } from '../../src/inspect'
import { type MemoryServerOptions, manualClock, memoryServer } from '../../src/testing'

const secret = 'hush/hush+0='
const redact = redactor({ redact: (text) => text.split(secret).join('[redacted]') })

const wrap = (thrown: unknown, what = 'Doing it') => wrapError('PROVIDER', what, thrown, redact)

/** All that a log would show of a value. */
const shown = (value: unknown) => inspect(value, { depth: Infinity, showHidden: true, getters: true })

describe('redactor', () => {
  it('B49 hides what auth knows, and what looks like a secret in a URL', () => {
    expect(redact(`${secret} at wss://u:p@a.test/?token=x`)).toBe(
      '[redacted] at wss://[redacted]@a.test/?token=[redacted]',
    )
  })

  it('B49 hides what looks like one without auth too', () => {
    expect(redactor(undefined)('wss://a.test/?token=x')).toBe('wss://a.test/?token=[redacted]')
  })
})

describe('wrapError', () => {
  it('says what was done and what was thrown, with it as the cause', () => {
    const thrown = new TypeError('no')
    expect(wrap(thrown)).toMatchObject({ code: 'PROVIDER', message: 'Doing it: no', cause: thrown })
    expect(wrap('text')).toMatchObject({ message: 'Doing it: text', cause: 'text' })
  })

  it('leaves a SocketError as it is', () => {
    const thrown = new SocketError('UNAUTHORIZED', 'no')
    expect(wrap(thrown)).toBe(thrown)
  })

  const withStack = new Error('plain')
  withStack.stack = `Error: plain\n at fetch(${secret})`
  const deep = new Error('outer', { cause: new Error('middle', { cause: new Error(secret) }) })
  const withFields = Object.assign(new Error('request failed'), {
    config: { headers: { authorization: `Bearer ${secret}` } },
  })
  it.each<[string, unknown]>([
    ['its message', new Error(`bad token ${secret}`)],
    ['text', `bad token ${secret}`],
    ['its stack', withStack],
    ['its cause', new Error('outer', { cause: new Error(secret) })],
    ['the cause of its cause', deep],
    ['a field, as those who fetch for us add', withFields],
    ['an object that is no error', { token: secret }],
    ['an error of several', new AggregateError([new Error(secret)], 'all failed')],
  ])('B49 holds no secret, in its message or below: %s', (_, thrown) => {
    const error = wrap(thrown)
    expect(shown(error)).not.toContain(secret)
    expect(error.message).toContain('Doing it')
  })

  it('never throws itself, whatever was thrown', () => {
    const odd = fc.anything({ withBigInt: true, withNullPrototype: true, withObjectString: true })
    fc.assert(
      fc.property(odd, fc.boolean(), (thrown, asCause) => {
        const error = wrap(asCause ? new Error('outer', { cause: thrown }) : thrown)
        expect(error).toMatchObject({ name: 'SocketError', code: 'PROVIDER' })
      }),
      { numRuns: 2_000 },
    )
    expect(wrap(Symbol('s'))).toBeInstanceOf(SocketError)
    expect(wrap(new Error('outer', { cause: Symbol('s') }))).toBeInstanceOf(SocketError)
  })
})

describe('a socket with a token', () => {
  /** Connects and notes everything that an app or a log could see. */
  async function watch(
    auth: Partial<TokenAuthOptions>,
    server: MemoryServerOptions = {},
    options: Partial<SocketOptions> = {},
  ) {
    const clock = manualClock()
    const host = memoryServer({ clock, ...server })
    const seen: unknown[] = []
    const socket = createSocket('ws://localhost/live', {
      protocols: 'chat',
      auth: tokenAuth({ getToken: () => secret, ...auth }),
      inspect: (event) => seen.push(event),
      environment: {
        clock,
        WebSocket: host.WebSocket,
        random: () => 0.5,
        reportError: (error) => seen.push(error),
      },
      ...options,
    })
    for (const event of ['open', 'close', 'error', 'drop', 'state'] as const) {
      socket.on(event, (payload) => seen.push(payload))
    }
    socket.connect()
    await clock.advance(20)
    return { clock, host, socket, seen, all: () => shown(seen) + shown(socket.state.get()) }
  }
  const forms = [secret, encodeURIComponent(secret), base64url(secret), 'hush']
  const expectNoSecret = (text: string) => {
    for (const form of forms) expect(text).not.toContain(form)
  }

  it.each(['query', 'protocol', 'header'] as const)(
    "B49 shows it nowhere on the way to open: attach: '%s'",
    async (attach) => {
      const { host, socket, all } = await watch({ attach }, { selectProtocol: (offered) => offered.at(-1) })
      expect(socket.state.get().status).toBe('open')
      const { url, protocols, headers } = host.latest
      expect(`${decodeURIComponent(url)} ${protocols} ${JSON.stringify(headers)}`).toContain(
        attach === 'protocol' ? base64url(secret) : secret,
      )
      expectNoSecret(all())
    },
  )

  it('B48 a server that selects the token shows as [redacted]', async () => {
    const { socket } = await watch({ attach: 'protocol' }, { selectProtocol: (offered) => offered.at(-1) })
    expect(socket.state.get()).toMatchObject({ status: 'open', protocol: '[redacted]' })
  })

  it('B49 shows the attempt with ?token=[redacted]', async () => {
    const { seen } = await watch({})
    expect(seen).toContainEqual(
      expect.objectContaining({
        attempt: { url: 'ws://localhost/live?token=[redacted]', protocols: ['chat'] },
      }),
    )
  })

  it('B49 a close reason that holds it is shown without it', async () => {
    const { clock, host, socket, all } = await watch({})
    host.latest.close(4000, `bad ${secret}`)
    await clock.advance(20)
    expect(socket.state.get()).toMatchObject({ cause: { reason: 'bad [redacted]' } })
    expectNoSecret(all())
  })

  it.each([
    `not json: ${secret}`,
    `${secret}`,
    `${'x'.repeat(74)}${secret}`,
    `"${secret}`,
    `{"token":${secret}}`,
  ])('B49 B99 a frame that holds it and is no JSON is reported without it: case %#', async (frame) => {
    const { clock, host, socket, seen, all } = await watch({}, {}, { codec: json() })
    host.latest.send(frame)
    await clock.advance(20)
    expect(seen).toContainEqual(expect.objectContaining({ code: 'DECODE' }))
    expect(socket.state.get().status).toBe('open')
    expectNoSecret(all())
  })

  it('B49 what a function of the app throws is reported without it', async () => {
    const fail = () => {
      throw new Error(`no ${secret} here`)
    }
    const inHandshake = await watch({}, {}, { onHandshake: fail })
    expectNoSecret(inHandshake.all())
    expect(inHandshake.seen).toContainEqual(expect.objectContaining({ code: 'PROVIDER' }))
    let first = true
    const inToken = await watch({
      getToken: () => {
        if (!first) return fail()
        first = false
        return secret
      },
    })
    inToken.host.latest.die()
    await inToken.clock.advance(5_000)
    expect(inToken.seen).toContainEqual(expect.objectContaining({ code: 'PROVIDER' }))
    expectNoSecret(inToken.all())
  })

  it("B49 attach: 'message' shows it neither in what is refused nor in what is dropped", async () => {
    const { clock, host, all, socket } = await watch({
      attach: 'message',
      isAccepted: (message) => message === 'ok',
      isRejected: (message) => String(message).startsWith('no'),
    })
    expect(host.latest.received).toEqual([secret])
    host.latest.send(`no: ${secret}`)
    await clock.advance(20)
    host.latest.send(`no: ${secret}`)
    await clock.advance(20)
    expect(socket.state.get().status).toBe('unauthorized')
    expectNoSecret(all())
  })
})
