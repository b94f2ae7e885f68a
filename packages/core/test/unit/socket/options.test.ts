// Wrong options: thrown at once, with the option's name, what was given and what is wanted.
import { describe, expect, it } from 'vitest'
import {
  createSocket,
  exponentialBackoff,
  heartbeat,
  json,
  offlineQueue,
  rotation,
  SocketError,
  type SocketOptions,
  tokenAuth,
} from '../../../src'

const url = 'wss://example.com/'

/** The SocketError that `act` throws. */
function thrown(act: () => unknown): SocketError {
  try {
    act()
  } catch (error) {
    expect(error).toBeInstanceOf(SocketError)
    return error as SocketError
  }
  throw new Error('It threw nothing')
}

/** Each message names the option, says what is wanted, and shows what was given. */
function expectInvalid(act: () => unknown, ...parts: (string | RegExp)[]) {
  const { code, message } = thrown(act)
  expect(code).toBe('INVALID_OPTION')
  for (const part of parts) expect(message).toMatch(part)
}

describe('createSocket', () => {
  it('B73 refuses a lowWaterMark that is not below highWaterMark: the flush would never pause', () => {
    for (const lowWaterMark of [10, 11]) {
      expect(() => createSocket('ws://memory.test/', { highWaterMark: 10, lowWaterMark })).toThrow(
        expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining('lowWaterMark') }),
      )
    }
    expect(() => createSocket('ws://memory.test/', { lowWaterMark: 65_536 })).toThrow('below highWaterMark')
  })

  const wrong: [keyof SocketOptions, unknown, wanted: RegExp, shown: RegExp][] = [
    ['auth', 'token', /tokenAuth/, /"token"/],
    ['auth', { getToken: () => 't' }, /tokenAuth/, /\[object Object\]/],
    ['onHandshake', 'hello', /function/, /"hello"|string/],
    ['queue', true, /offlineQueue.*false/, /true/],
    ['queue', null, /offlineQueue.*false/, /null/i],
    ['queue', { maxMessages: 5 }, /offlineQueue/, /\[object Object\]/],
    ['heartbeat', 25_000, /heartbeat/, /25000/],
    ['heartbeat', true, /heartbeat/, /true/],
    ['codec', 'json', /codec/, /"json"/],
    ['retries', -1, /0 or more/, /-1/],
    ['retries', '5', /number/, /"5"/],
    ['retries', Number.NaN, /number/, /NaN/],
    ['retryDelay', 1_000, /function/, /1000|number/],
    ['shouldRetry', false, /function/, /false|boolean/],
    ['retryAfter', 5, /function/, /5|number/],
    ['connectTimeout', '10s', /milliseconds/, /"10s"/],
    ['connectTimeout', -1, /milliseconds/, /-1/],
    ['connectTimeout', Number.NaN, /milliseconds/, /NaN/],
    ['handshakeTimeout', null, /milliseconds/, /null/i],
    ['closeTimeout', {}, /milliseconds/, /\[object Object\]/],
    ['minUptime', -5, /milliseconds/, /-5/],
    ['whenHidden', 'pause', /"keep" or "slow" or "suspend"/, /"pause"/],
    ['whenHidden', true, /"keep" or "slow" or "suspend"/, /true/],
    ['whenOffline', 'keep', /"slow" or "suspend"/, /"keep"/],
    ['rotation', true, /rotation/, /true/],
    ['rotation', { linger: 5_000 }, /rotation/, /\[object Object\]/],
    ['binaryType', 'nodebuffer', /"arraybuffer" or "blob"/, /"nodebuffer"/],
    ['highWaterMark', 0, /1 or more/, /0/],
    ['highWaterMark', '64k', /number/, /"64k"/],
    ['lowWaterMark', -1, /./, /-1/],
    ['inboundBuffer', -1, /0 or more/, /-1/],
    ['allowInsecure', 'yes', /true or false/, /"yes"/],
    ['environment', 5, /object/, /5/],
    ['environment', null, /object/, /null/i],
    ['inspect', console, /function/, /object/],
  ]
  it.each(wrong)('refuses %s: %j', (name, value, wanted, shown) => {
    expectInvalid(() => createSocket(url, { [name]: value }), name, wanted, shown)
  })

  it('shows no more of a long text than its beginning, and nothing from inside an object', () => {
    const { message } = thrown(() => createSocket(url, { retries: `secret${'x'.repeat(1_000)}` as never }))
    expect(message.length).toBeLessThan(200)
    expect(thrown(() => createSocket(url, { auth: { password: 'hunter2' } as never })).message).not.toContain(
      'hunter2',
    )
  })

  it('B49 shows no token that stands where getToken should', () => {
    const { message } = thrown(() => tokenAuth({ getToken: 'hunter2' as never }))
    expect(message).toMatch(/getToken.*function.*string/)
    expect(message).not.toContain('hunter2')
  })

  it('refuses an option that there is none of, and names those that there are', () => {
    expectInvalid(() => createSocket(url, { maxRetries: 5 } as never), /maxRetries/, /retries/, /heartbeat/)
    expectInvalid(() => createSocket(url, { toString: 1 } as never), /toString/)
    expectInvalid(() => createSocket(url, { constructor: 1 } as never), /constructor/)
  })

  it.each([null, 5, 'options', () => {}])('refuses %s in the place of the options', (options) => {
    expectInvalid(() => createSocket(url, options as never), /options/, /object/)
  })

  it('takes undefined for a missing option', () => {
    const names = Object.keys(Object.fromEntries(wrong.map(([name]) => [name, 1])))
    createSocket(url, Object.fromEntries(['protocols', ...names].map((name) => [name, undefined])))
    createSocket(url, undefined)
  })

  it('takes the edges', () => {
    createSocket(url, {
      retries: 0,
      connectTimeout: Infinity,
      handshakeTimeout: 0.5,
      closeTimeout: 0,
      minUptime: 0,
      highWaterMark: 1,
      lowWaterMark: 0,
      inboundBuffer: 0,
      queue: false,
      environment: {},
    })
  })

  it.each([
    ['a part that there is none of', { websocket: class {} }, /websocket/],
    ['a WebSocket that is no class', { WebSocket: 'ws' }, /WebSocket/],
    ['a clock without its functions', { clock: { now: () => 0 } }, /clock/],
    ['a random that is no function', { random: 0.5 }, /random/],
    ['a reportError that is no function', { reportError: true }, /reportError/],
    ['a terminate that is no function', { terminate: true }, /terminate/],
    ['a takesHeaders that is no boolean', { takesHeaders: 1 }, /takesHeaders/],
    ['a network that is none', { network: { onLine: true } }, /network/],
    ['a page that is none', { page: 'visible' }, /page/],
    ['protocolPings that are no function', { protocolPings: true }, /protocolPings/],
    ['a closeWhileConnecting that is no boolean', { closeWhileConnecting: 'no' }, /closeWhileConnecting/],
  ])('refuses an environment with %s', (_, environment, named) => {
    expectInvalid(() => createSocket(url, { environment: environment as never }), named)
  })

  it.each([
    ['nothing', ''],
    ['a relative one without a base', '/live'],
    ['a host alone', 'example.com'],
    ['ftp:', 'ftp://example.com/'],
    ['javascript:', 'javascript:alert(1)'],
    ['a fragment', 'wss://example.com/#live'],
    ['an empty fragment', 'wss://example.com/#'],
    ['a broken host', 'wss://exa mple.com/'],
    ['a broken port', 'wss://example.com:99999/'],
    ['undefined', undefined],
    ['null', null],
    ['a number', 5],
    ['an object', {}],
  ])('refuses as URL: %s', (_, given) => {
    expectInvalid(() => createSocket(given as string), /URL/, /wss?:/)
  })

  it.each([
    ['an empty one', ''],
    ['an empty one in a list', ['']],
    ['one with a space', ['a b']],
    ['one with a comma', 'a,b'],
    ['one with a slash', ['chat/1']],
    ['one that is not ASCII', ['чат']],
    ['one with a control character', ['a\u0007']],
    ['one twice', ['chat', 'chat']],
    ['a number', 5],
    ['a list of numbers', [1]],
    ['an object', {}],
  ])('refuses as protocols: %s', (_, protocols) => {
    expectInvalid(() => createSocket(url, { protocols: protocols as never }), /protocols/)
  })

  it('takes every character of a token', () => {
    createSocket(url, { protocols: ["!#$%&'*+-.^_`|~09azAZ", 'v1.chat'] })
    createSocket(url, { protocols: [] })
  })

  it('opens nothing, calls nothing and reads no clock', () => {
    const forbidden = () => {
      throw new Error('Not yet')
    }
    createSocket(forbidden, {
      protocols: forbidden,
      auth: tokenAuth({ getToken: forbidden }),
      onHandshake: forbidden,
      heartbeat: heartbeat(),
      inspect: forbidden,
      environment: {
        WebSocket: class {
          constructor() {
            forbidden()
          }
        } as never,
        clock: { now: forbidden, setTimeout: forbidden, clearTimeout: forbidden, turn: forbidden },
      },
    })
  })
})

describe('the values', () => {
  const makers: [string, (options: any) => unknown, option: string, value: unknown][] = [
    ['offlineQueue', offlineQueue, 'maxMessages', -1],
    ['offlineQueue', offlineQueue, 'maxMessages', 'many'],
    ['offlineQueue', offlineQueue, 'maxBytes', Number.NaN],
    ['offlineQueue', offlineQueue, 'overflow', 'drop-all'],
    ['offlineQueue', offlineQueue, 'ttl', -1],
    ['heartbeat', heartbeat, 'interval', 0],
    ['heartbeat', heartbeat, 'interval', '25s'],
    ['heartbeat', heartbeat, 'timeout', -1],
    ['heartbeat', heartbeat, 'isPong', 'pong'],
    ['heartbeat', heartbeat, 'passive', 'yes'],
    ['heartbeat', heartbeat, 'isPing', 'ping'],
    ['rotation', rotation, 'linger', -1],
    ['rotation', rotation, 'fenceTimeout', '2s'],
    ['rotation', rotation, 'goingAway', 'bye'],
    ['json', json, 'incoming', {}],
    ['json', json, 'outgoing', 'schema'],
    ['json', json, 'binary', 1],
    ['exponentialBackoff', exponentialBackoff, 'first', -1],
    ['exponentialBackoff', exponentialBackoff, 'factor', 0.5],
    ['exponentialBackoff', exponentialBackoff, 'max', 'long'],
    ['tokenAuth', (options) => tokenAuth({ getToken: () => 't', ...options }), 'attach', 'cookie'],
    ['tokenAuth', (options) => tokenAuth({ getToken: () => 't', ...options }), 'param', 5],
    ['tokenAuth', (options) => tokenAuth({ getToken: () => 't', ...options }), 'leeway', -1],
    ['tokenAuth', (options) => tokenAuth({ getToken: () => 't', ...options }), 'renew', 'later'],
    ['tokenAuth', tokenAuth, 'getToken', 'token'],
  ]
  it.each(makers)('%s refuses a wrong value (case %#)', (name, make, option, value) => {
    expectInvalid(() => make({ [option]: value }), name, option)
  })

  it.each([
    ['offlineQueue', offlineQueue],
    ['heartbeat', heartbeat],
    ['rotation', rotation],
    ['json', json],
    ['exponentialBackoff', exponentialBackoff],
    ['tokenAuth', tokenAuth],
  ])(
    '%s refuses an option that there is none of, and what is no object',
    (name, make: (options: any) => unknown) => {
      expectInvalid(() => make({ nonsense: 1 }), name, 'nonsense')
      expectInvalid(() => make(5), name, 'object')
      expectInvalid(() => make(null), name, 'object')
    },
  )

  it('tokenAuth wants getToken, and isAccepted for a message', () => {
    expectInvalid(() => tokenAuth({} as never), 'getToken')
    expectInvalid(() => tokenAuth(undefined as never), 'tokenAuth')
    expectInvalid(() => tokenAuth({ getToken: () => 't', attach: 'message' }), 'isAccepted')
  })
})
