// Wrong options say at once, and by name, what is wrong.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSocket, heartbeat, json, offlineQueue, tokenAuth } from '../../src'
import { memoryServer } from '../../src/testing'
import {
  anything,
  atLeastOne,
  callback,
  count,
  duration,
  flag,
  type Kind,
  oneOf,
  text,
  validate,
} from '../../src/validate'
import { thrown } from './support'

const check = (value: unknown, kind: Kind) => () => validate('maker', { option: value }, { option: kind })

describe('the kinds', () => {
  it.each<[string, Kind, unknown[], unknown[]]>([
    ['duration', duration, [0, 0.5, 1e12, Infinity], [-1, Number.NaN, '1', null, {}, [], true, 1n]],
    ['atLeastOne', atLeastOne, [1, 65_536, Infinity], [0, 0.9, -1, Number.NaN, '1', null]],
    ['count', count, [0, 1, Infinity], [-1, Number.NaN, '1', null, []]],
    ['callback', callback, [() => {}, async () => {}, class {}], ['f', {}, null]],
    ['text', text, ['', 'x'], [0, null, {}]],
    ['flag', flag, [true, false], [0, 1, 'true', null]],
    ['oneOf', oneOf('a', 'b'), ['a', 'b'], ['c', '', null, 0]],
    ['anything', anything, [null, 0, {}, ''], []],
  ])('%s takes what it is about and nothing else', (_, kind, right, wrong) => {
    for (const value of [undefined, ...right]) expect(check(value, kind)).not.toThrow()
    for (const value of wrong)
      expect(check(value, kind)).toThrow(thrown('INVALID_OPTION', 'maker: option must be'))
  })

  it('names what was given and what is wanted', () => {
    expect(check('5s', duration)).toThrow('maker: option must be milliseconds; got "5s".')
    expect(check('c', oneOf('a', 'b'))).toThrow('maker: option must be "a" or "b"; got "c".')
  })

  it('B49 shows no inside of an object or function, which may hold a secret, and no long text', () => {
    for (const value of [{ token: 'hush' }, ['hush'], () => 'hush', `${'x'.repeat(50)}hush`]) {
      expect(check(value, flag)).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining('hush') }),
      )
    }
  })

  it('never fails in another way, whatever it is given', () => {
    const odd = fc.anything({
      withBigInt: true,
      withNullPrototype: true,
      withObjectString: true,
      withTypedArray: true,
    })
    fc.assert(
      fc.property(odd, fc.constantFrom(duration, count, callback, text, flag, oneOf('a')), (value, kind) => {
        try {
          check(value, kind)()
        } catch (error) {
          expect(error).toEqual(thrown('INVALID_OPTION', 'option'))
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('refuses every name that nobody knows, and says which there are', () => {
    expect(() => validate('maker', { optoin: 1 }, { option: text })).toThrow(
      thrown('INVALID_OPTION', 'there is no option optoin, but option'),
    )
    for (const name of ['toString', 'constructor', 'valueOf', 'hasOwnProperty']) {
      expect(() => validate('maker', { [name]: 1 }, { option: text })).toThrow(thrown('INVALID_OPTION', name))
    }
  })

  it.each([[null], ['text'], [42], [undefined]])('refuses %j for the options', (options) => {
    expect(() => validate('maker', options as never, {})).toThrow(thrown('INVALID_OPTION', 'an object'))
  })
})

describe('createSocket', () => {
  const { url, WebSocket } = memoryServer()
  const make = (options: object, address: unknown = url) =>
    createSocket(address as string, { environment: { WebSocket }, ...options })

  it.each<[string, unknown[]]>([
    ['auth', [{}, () => {}, 'token', null]],
    ['onHandshake', [{}, 'hello']],
    ['queue', [true, {}, 100, null]],
    ['heartbeat', [true, 25_000, { interval: 1 }]],
    ['codec', ['json', {}, JSON]],
    ['retries', [-1, '3', Number.NaN]],
    ['retryDelay', [1_000]],
    ['shouldRetry', [false]],
    ['retryAfter', [5]],
    ['connectTimeout', [-1, '10s']],
    ['handshakeTimeout', [Number.NaN]],
    ['closeTimeout', [null]],
    ['minUptime', ['5']],
    ['binaryType', ['buffer', 'nodebuffer']],
    ['highWaterMark', [0, -1]],
    ['lowWaterMark', [-1]],
    ['inboundBuffer', [-1, 'many']],
    ['allowInsecure', [1, 'yes']],
    ['environment', [null, 'node', 7]],
    ['inspect', [console, true]],
    ['reconnect', [true]],
    ['url', ['ws://b.test']],
  ])('throws INVALID_OPTION for a wrong %s, naming it', (name, values) => {
    for (const value of values) expect(() => make({ [name]: value })).toThrow(thrown('INVALID_OPTION', name))
  })

  it.each([[''], ['ftp://a.test'], ['wss://a.test/#x'], [null], [undefined], [7]])(
    'throws INVALID_OPTION for the URL %j',
    (address) => {
      expect(() =>
        createSocket(address as string, { environment: { WebSocket, baseUrl: undefined } }),
      ).toThrow(thrown('INVALID_OPTION', 'URL'))
    },
  )

  it.each([[['a', 'a']], ['a b'], [7], [['']]])('throws INVALID_OPTION for the protocols %j', (protocols) => {
    expect(() => make({ protocols })).toThrow(thrown('INVALID_OPTION', 'protocols'))
  })

  it('takes undefined for every option as if it were missing', () => {
    const options = Object.fromEntries(
      ['auth', 'queue', 'heartbeat', 'codec', 'retries', 'retryDelay', 'minUptime', 'inspect'].map((name) => [
        name,
        undefined,
      ]),
    )
    expect(() => make(options)).not.toThrow()
  })

  it('takes what our functions make', () => {
    expect(() =>
      make({
        auth: tokenAuth({ getToken: () => 't' }),
        queue: offlineQueue(),
        heartbeat: heartbeat(),
        codec: json(),
        allowInsecure: true,
      }),
    ).not.toThrow()
    expect(() => make({ queue: false, retries: Infinity, connectTimeout: Infinity })).not.toThrow()
  })

  it('B52 throws INSECURE_TOKEN for auth over ws: to a host that is not loopback, at once', () => {
    const auth = tokenAuth({ getToken: () => 't' })
    expect(() => make({ auth })).toThrow(thrown('INSECURE_TOKEN'))
    expect(() => make({ auth }, 'ws://localhost:1/')).not.toThrow()
    expect(() => make({ auth }, 'wss://a.test/')).not.toThrow()
  })

  it("B48 throws INVALID_OPTION for attach: 'protocol' without a real protocol", () => {
    const auth = tokenAuth({ getToken: () => 't', attach: 'protocol' })
    expect(() => make({ auth }, 'wss://a.test/')).toThrow(thrown('INVALID_OPTION', 'protocols'))
    expect(() => make({ auth, protocols: 'chat' }, 'wss://a.test/')).not.toThrow()
  })

  it('B49 says nothing of a token that was given in the place of a function', () => {
    expect(() => tokenAuth({ getToken: 'hush-hush' as never })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.not.stringContaining('hush') }),
    )
  })

  it.each([
    [{ ttl: -1 }, 'ttl'],
    [{ ttl: '5s' }, 'ttl'],
    [{ key: 7 }, 'key'],
    [{ queue: 'yes' }, 'queue'],
    [{ signal: true }, 'signal'],
    [{ tll: 5 }, 'tll'],
  ])('send() throws INVALID_OPTION, naming it, for %j', (options, name) => {
    expect(() => make({}).send('x', options as never)).toThrow(thrown('INVALID_OPTION', name))
  })

  it.each([0, 500, 1001, 1006, 2999, 5000, Number.NaN, '1000' as never])(
    'B20 close(%s) throws INVALID_OPTION at once and changes nothing',
    (code) => {
      const socket = make({})
      expect(() => socket.close(code)).toThrow(thrown('INVALID_OPTION', 'close'))
      expect(socket.state.get()).toEqual({ status: 'idle' })
    },
  )

  it('close() throws INVALID_OPTION for a wrong drain, and on() for a listener that is none', () => {
    expect(() => make({}).close(1000, '', { drain: -1 })).toThrow(thrown('INVALID_OPTION', 'drain'))
    expect(() => make({}).on('open', 'x' as never)).toThrow(thrown('INVALID_OPTION', 'open'))
  })
})
