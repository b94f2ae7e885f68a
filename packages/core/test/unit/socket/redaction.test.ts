// What the inspector is told, and that no token is in anything that is shown.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  type Codec,
  heartbeat,
  type InspectEvent,
  json,
  SocketError,
  type SocketOptions,
  type TokenAuthOptions,
  tokenAuth,
} from '../../../src'
import type { MemoryServerOptions } from '../../../src/testing'
import { everything, macrotask, openRig, record, rig } from './support'

describe('inspect', () => {
  it('is told each event of the socket but message, with the time, in order', async () => {
    const events: InspectEvent[] = []
    const { clock, server, socket } = rig({
      inspect: (event) => events.push(event),
      protocols: 'chat',
      heartbeat: heartbeat({ interval: 1_000 }),
      server: { onMessage: (frame, connection) => frame === 'ping' && connection.send('pong') },
    })
    socket.send('waits')
    socket.send('dropped', { queue: false })
    await clock.advance(7)
    socket.connect()
    await clock.advance(1_000)
    server.latest.send('message')
    await clock.advance(0)
    void socket.close()
    await clock.advance(0)
    expect(events.filter(({ type }) => type !== 'state').map(({ type }) => type)).toEqual([
      'queued',
      'drop',
      'attempt',
      'open',
      'latency',
      'close',
    ])
    expect(events.map(({ at }) => at)).toEqual([...events.map(({ at }) => at)].sort((a, b) => a - b))
    expect(events.at(-1)).toEqual({
      at: clock.now(),
      type: 'close',
      close: expect.objectContaining({ code: 1000 }),
    })
    expect(events.find(({ type }) => type === 'attempt')).toEqual({
      at: clock.now() - 1_000,
      type: 'attempt',
      attempt: { url: 'ws://memory.test/', protocols: ['chat'] },
    })
  })

  it('is told errors, also without an error listener', async () => {
    const events: InspectEvent[] = []
    const { clock, socket } = rig({ url: () => 'nonsense', inspect: (event) => events.push(event) })
    socket.connect()
    await clock.advance(0)
    expect(events.filter(({ type }) => type === 'error')).toMatchObject([
      { error: { code: 'INVALID_OPTION' } },
    ])
  })

  it('is told no payload', async () => {
    const events: InspectEvent[] = []
    const { clock, server, socket } = await openRig({ inspect: (event) => events.push(event), codec: json() })
    socket.send({ private: 'in sent' })
    server.latest.send('{"private":"in received"}')
    socket.send({ private: 'in dropped' }, { signal: AbortSignal.abort() })
    await clock.advance(0)
    expect(everything(events)).not.toContain('private')
    expect(events.at(-1)).toMatchObject({ type: 'drop', drop: { error: { code: 'ABORTED' } } })
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('mine')
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('mine')
      },
    ],
    ['hangs', () => new Promise<never>(() => {})],
  ])('one that %s harms nothing, and is reported', async (name, inspect) => {
    const { clock, server, socket, reported, status } = rig({ inspect, retryDelay: () => 1 })
    const told = record(socket, ['open', 'close'])
    socket.send('a')
    socket.connect()
    await clock.advance(0)
    expect(server.latest.received).toEqual(['a'])
    server.latest.die()
    await clock.advance(1)
    expect(status()).toBe('open')
    expect(told.map(([event]) => event)).toEqual(['open', 'close', 'open'])
    await macrotask()
    if (name !== 'hangs') expect(reported[0]).toMatchObject({ message: 'mine' })
  })
})

describe('B49 no token is shown', () => {
  const token = 'sécret/tok+en=='
  /** The beginning of it in each form that it may take, and a password that stands in URLs. */
  const forms = [token, encodeURIComponent(token), Buffer.from(token).toString('base64url'), 'hunter2'].map(
    (form) => form.slice(0, 8),
  )
  const consoleMethods = ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const
  const printed: unknown[] = []

  beforeEach(() => {
    printed.length = 0
    for (const method of consoleMethods)
      vi.spyOn(console, method).mockImplementation((...args) => printed.push(args))
  })
  afterEach(() => {
    vi.restoreAllMocks()
  })

  interface Scenario {
    readonly auth?: Partial<TokenAuthOptions>
    readonly options?: Partial<SocketOptions<Codec>> & {
      url?: string | (() => string)
      server?: MemoryServerOptions
    }
    readonly act?: (made: ReturnType<typeof rig<Codec>>) => unknown
  }

  /** Runs a life and gives all of it that anybody was shown. */
  async function shown({ auth = {}, options = {}, act }: Scenario) {
    const events: InspectEvent[] = []
    const made = rig<Codec>({
      url: 'wss://memory.test/',
      codec: json(),
      auth: tokenAuth({ getToken: () => token, ...auth } as TokenAuthOptions),
      ...options,
      inspect: (event) => events.push(event),
    })
    const { clock, socket, reported } = made
    const told = record(socket)
    const states: unknown[] = []
    socket.state.subscribe(() => states.push(socket.state.get()))
    socket.connect()
    await clock.advance(0)
    await act?.(made)
    await clock.advance(20_000)
    const before = socket.state.get()
    void socket.close()
    await clock.advance(5_000)
    return {
      text: everything([events, told, states, before, reported, printed, socket, socket.state.get()]),
      told,
      events,
      ...made,
    }
  }
  const expectNoToken = (text: string) => {
    const lines = text.split('\n').filter((line) => forms.some((form) => line.includes(form)))
    expect(lines).toEqual([])
  }
  const fail = (error: unknown) => () => {
    throw error
  }
  const withFields = (error: Error, fields: object) => Object.assign(error, fields)
  const inMessage = {
    attach: 'message',
    isAccepted: (m: any) => m.ok === true,
    isRejected: (m: any) => m.ok === false,
  } as const
  const brokenClass = (make: (url: string, options: unknown) => Error) =>
    class {
      constructor(url: string, _: unknown, options: unknown) {
        throw make(url, options)
      }
    } as never

  const withoutAuth = { auth: undefined as never }
  const scenarios: [string, Scenario, shows?: string][] = [
    ['in the query', {}, '?token=[redacted]'],
    ['in the query of another name', { auth: { param: 'sid' } }, '?sid=[redacted]'],
    [
      'as a subprotocol that the server selects',
      {
        auth: { attach: 'protocol' },
        options: { protocols: ['chat'], server: { selectProtocol: (offered) => offered.at(-1) } },
      },
      '[redacted]',
    ],
    [
      'in a header that the platform does not take',
      {
        auth: { attach: 'header' },
        options: { environment: { takesHeaders: false } },
      },
    ],
    [
      'where a function puts it',
      {
        auth: {
          attach: (t, request) => ({ ...request, url: `${request.url}${encodeURIComponent(t)}/live` }),
        },
      },
      '[redacted]/live',
    ],
    [
      'in the first frame, refused',
      {
        auth: inMessage,
        options: { server: { onMessage: (_, connection) => connection.send('{"ok":false}') } },
      },
    ],
    ['in the first frame, not answered', { auth: inMessage }],
    [
      'in a close reason',
      {
        act: ({ server }) => server.latest.close(4001, `bad ${token}`),
      },
      'bad [redacted]',
    ],
    [
      'in what the class throws',
      {
        options: { environment: { WebSocket: brokenClass((url) => new SyntaxError(`Invalid URL: ${url}`)) } },
      },
      '[redacted]',
    ],
    [
      'in a field of what the class throws',
      {
        options: {
          environment: {
            WebSocket: brokenClass((url) => withFields(new TypeError('Invalid URL'), { input: url })),
          },
        },
      },
    ],
    [
      'in the cause of what the class throws',
      {
        options: {
          environment: { WebSocket: brokenClass((url) => new Error('no', { cause: new Error(url) })) },
        },
      },
    ],
    [
      'deep in the causes of what the class throws',
      {
        options: {
          environment: {
            WebSocket: brokenClass(
              (url) => new Error('no', { cause: new Error('why', { cause: new Error(url) }) }),
            ),
          },
        },
      },
    ],
    [
      'in a cause that is an object',
      {
        options: { environment: { WebSocket: brokenClass((url) => new Error('no', { cause: { url } })) } },
      },
    ],
    [
      'in what getToken throws the next time',
      {
        auth: {
          getToken: (() => {
            let calls = 0
            return () => (calls++ === 0 ? token : fail(new Error(`refresh with ${token} failed`))())
          })(),
        },
        act: ({ server }) => server.latest.die(),
      },
      'refresh with [redacted] failed',
    ],
    [
      'in what attach throws',
      { auth: { attach: (t) => fail(new Error(`can't put ${t}`))() } },
      "can't put [redacted]",
    ],
    [
      'in a field of what attach throws',
      {
        auth: { attach: (t, request) => ({ ...request, url: new URL(`//${t}`, 'nonsense').href }) },
      },
    ],
    ['in what is thrown that is no error', { auth: { attach: (t) => fail(`no ${t}`)() } }, 'no [redacted]'],
    ['in an object that is thrown', { auth: { attach: (t) => fail({ message: 'no', t })() } }],
    [
      'in what onHandshake throws',
      { options: { onHandshake: fail(new Error(`no ${token}`)) } },
      'no [redacted]',
    ],
    [
      'in a SocketError that the app throws',
      {
        options: {
          onHandshake: fail(new SocketError('PROVIDER', `no ${token}`, { cause: new Error(token) })),
        },
      },
    ],
    [
      'in a frame that does not parse',
      {
        act: ({ server }) => server.latest.send(`hello ${token} {`),
      },
    ],
    [
      'in a frame that does not parse, cut in the middle of it',
      {
        act: ({ server }) => server.latest.send(`${'x'.repeat(70)}${token} {`),
      },
    ],
    [
      'in the issues of a schema',
      {
        options: {
          codec: {
            name: 'own',
            encode: String,
            decode: String,
            parseIncoming: (message) =>
              fail(
                new SocketError('VALIDATION', `not ${message}`, { issues: [{ message: `not ${message}` }] }),
              )(),
          },
        },
        act: ({ server }) => server.latest.send(`hello ${token}`),
      },
    ],
    [
      'in what a listener throws',
      {
        act: ({ socket, server }) => {
          socket.on('message', fail(new Error(`no ${token}`)))
          server.latest.send('{}')
        },
      },
      'no [redacted]',
    ],
    [
      'in what an error listener throws',
      {
        act: ({ socket, server }) => {
          socket.on('error', fail(new Error(`no ${token}`)))
          server.latest.send('{')
        },
      },
      'no [redacted]',
    ],
    [
      'in a URL of the app',
      {
        options: { url: 'wss://user:hunter2@memory.test/?access_token=hunter2&room=1#'.slice(0, -1) },
      },
      'access_token=[redacted]&',
    ],
    [
      'in a URL of the app that the class throws, without auth',
      {
        options: {
          ...withoutAuth,
          url: 'wss://memory.test/?token=hunter2',
          environment: { WebSocket: brokenClass((url) => new SyntaxError(`Invalid URL: ${url}`)) },
        },
      },
      'token=[redacted]',
    ],
    [
      'in a URL that is none',
      {
        options: { url: () => 'ftp://user:hunter2@memory.test/?jwt=hunter2' },
      },
    ],
  ]
  it.each(scenarios)('B49 %s', async (_, scenario, shows) => {
    const { text, told } = await shown(scenario)
    expectNoToken(text)
    // It is no test unless there was something to hide.
    if (shows === undefined) expect(told.some(([name]) => name === 'error')).toBe(true)
    else expect(text).toContain(shows)
    expect(printed).toEqual([])
  })

  it('B49 createSocket itself shows none of a wrong URL', () => {
    for (const url of [
      `ftp://u:hunter2@a.test/`,
      `wss://a.test/?token=hunter2#x`,
      `//u:hunter2@a.test?key=hunter2`,
    ]) {
      let error: unknown
      try {
        rig({ url })
      } catch (thrown) {
        error = thrown
      }
      expect(error).toMatchObject({ code: 'INVALID_OPTION' })
      expectNoToken(everything(error))
    }
  })

  it('B49 tokens of the past are hidden too', async () => {
    let n = 0
    const { text } = await shown({
      auth: { getToken: () => `hunter2-${n++}` },
      act: async ({ server, clock, socket }) => {
        server.latest.die()
        await clock.advance(0)
        socket.connect()
        await clock.advance(0)
        server.latest.close(4001, 'it was hunter2-0, is hunter2-1')
      },
    })
    expectNoToken(text)
    expect(text).toContain('it was [redacted], is [redacted]')
  })

  it('keeps the cause where there is nothing to hide', async () => {
    const mine = new Error('mine')
    const { told } = await shown({ options: { ...withoutAuth, onHandshake: fail(mine) } })
    expect(told.find(([name]) => name === 'error')?.[1]).toMatchObject({ code: 'PROVIDER', cause: mine })
  })
})
