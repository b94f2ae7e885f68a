// Where a token goes in a connect request, where it must not go, and when it expires.
import { describe, expect, it } from 'vitest'
import { type Attach, attachToken, base64url, checkAttach, expiryOf } from '../../src/auth/attach-token'
import { resolveProtocols, resolveUrl } from '../../src/url'
import { thrown } from './support'

const request = { url: 'wss://a.test/live', protocols: ['chat'], headers: { 'x-app': '1' } }

const attach = (token: string, kind: Attach, given: Partial<typeof request> = {}) =>
  attachToken({ ...request, ...given }, token, { attach: kind, param: 'token' })

/** What becomes of a URL as the socket has it: resolved first. */
const check = (url: string, { allowInsecure = false, kind = 'query' as Attach, protocols = ['chat'] } = {}) =>
  checkAttach({ ...request, url: resolveUrl(url, undefined), protocols }, kind, allowInsecure)

const decode = (text: string) => Buffer.from(text, 'base64url').toString('utf8')

describe('attachToken', () => {
  it.each([
    ['wss://a.test/live', 'wss://a.test/live?token=t'],
    ['wss://a.test/live?', 'wss://a.test/live?&token=t'],
    ['wss://a.test/live?room=1', 'wss://a.test/live?room=1&token=t'],
  ])("'query': %s becomes %s", (url, expected) => {
    expect(attach('t', 'query', { url })).toEqual({ ...request, url: expected })
  })

  it.each(['a/b+c=d', 'a&b=c#d?e', 'snow ☃ man', 'ä%20', '"quoted"'])(
    "'query': the server reads %j as it was",
    (token) => {
      const { url } = attach(token, 'query')
      expect([...new URL(url).searchParams]).toEqual([['token', token]])
      expect(resolveUrl(url, undefined)).toContain('token=')
    },
  )

  it("'query': the parameter has the name that it is given", () => {
    expect(attachToken(request, 't', { attach: 'query', param: 'access_token' }).url).toBe(
      'wss://a.test/live?access_token=t',
    )
  })

  it("B48 'protocol': the token comes last, after the real ones", () => {
    expect(attach('t', 'protocol', { protocols: ['v2', 'v1'] })).toEqual({
      ...request,
      protocols: ['v2', 'v1', base64url('t')],
    })
  })

  it.each([
    'a/b',
    'a+b',
    'a?>~',
    'a.b-c_d',
    '=',
    'x'.repeat(500),
    'žluťoučký ☃ 😀',
    '\u0000',
    'ÿþýü',
    'a b,c',
  ])(
    "B48 'protocol': %j is base64url without padding, in characters of a subprotocol, and reads back",
    (token) => {
      const sent = attach(token, 'protocol').protocols.at(-1) as string
      expect(sent).toMatch(/^[A-Za-z0-9_-]+$/)
      expect(resolveProtocols(['chat', sent])).toEqual(['chat', sent])
      expect(decode(sent)).toBe(token)
    },
  )

  it("'header': as a bearer token, beside the others", () => {
    expect(attach('t', 'header')).toEqual({
      ...request,
      headers: { 'x-app': '1', authorization: 'Bearer t' },
    })
  })

  it("B40 'message': the request goes without it", () => {
    expect(attach('t', 'message')).toEqual(request)
  })

  it('a function gives the request', () => {
    const own: Attach = (token, given) => ({ ...given, url: `${given.url}/${token}` })
    expect(attach('t', own)).toEqual({ ...request, url: 'wss://a.test/live/t' })
  })

  it('leaves the request that it got as it was', () => {
    const frozen = Object.freeze({
      ...request,
      protocols: Object.freeze(['chat']),
      headers: Object.freeze({}),
    })
    for (const kind of ['query', 'protocol', 'header', 'message'] as const) {
      expect(attachToken(frozen, 't', { attach: kind, param: 'token' })).toBeDefined()
    }
  })
})

describe('a token over ws:', () => {
  it.each([
    'ws://localhost',
    'ws://localhost:8080/live?a=b',
    'ws://LOCALHOST/',
    'ws://app.localhost/',
    'ws://a.b.localhost:1/',
    'ws://127.0.0.1',
    'ws://127.0.0.1:8080/x',
    'ws://127.1.2.3/',
    'ws://127.1/',
    'ws://2130706433/',
    'ws://[::1]',
    'ws://[::1]:8080/',
    'ws://[0:0:0:0:0:0:0:1]/',
    'ws://user:pass@localhost/',
    'http://localhost/',
  ])('B52 goes to %s, which is loopback', (url) => {
    expect(() => check(url)).not.toThrow()
  })

  it.each([
    'ws://example.com',
    'ws://localhost.evil.com',
    'ws://evil.com/localhost',
    'ws://evil.com/.localhost',
    'ws://evil.com/a.localhost/b',
    'ws://evil.com/?x.localhost',
    'ws://evil.com:8080/x.localhost:1/',
    'ws://evil.com?next=ws://app.localhost/',
    'ws://evil.com/127.0.0.1',
    'ws://evillocalhost/',
    'ws://localhost@evil.com/',
    'ws://localhost:x@evil.com/',
    'ws://127.0.0.1@evil.com/',
    'ws://x.localhost@evil.com/',
    'ws://evil.com\\@localhost/',
    'ws://127.0.0.1.evil.com/',
    'ws://127.0.0.1.nip.io/',
    'ws://1127.0.0.1.com/',
    'ws://128.0.0.1/',
    'ws://0.0.0.0/',
    'ws://192.168.0.1/',
    'ws://10.0.0.1/',
    'ws://[::2]/',
    'ws://[fe80::1]/',
    'http://example.com/',
  ])('B52 is refused to %s with INSECURE_TOKEN', (url) => {
    expect(() => check(url)).toThrow(thrown('INSECURE_TOKEN', 'allowInsecure'))
  })

  it.each(['query', 'protocol', 'message', 'header', (_, given) => given] as Attach[])(
    'B52 is refused however it is attached: %s',
    (kind) => {
      expect(() => check('ws://example.com', { kind })).toThrow(thrown('INSECURE_TOKEN'))
    },
  )

  it('B52 is allowed by allowInsecure, and over wss: anyway', () => {
    expect(() => check('ws://example.com', { allowInsecure: true })).not.toThrow()
    expect(() => check('wss://example.com')).not.toThrow()
    expect(() => check('https://example.com')).not.toThrow()
  })

  it('B49 the error shows neither URL nor token', () => {
    expect(() => check('ws://example.com/?token=abc')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('example') }),
    )
  })

  it("B48 'protocol' without a real subprotocol throws INVALID_OPTION", () => {
    expect(() => check('wss://a.test', { kind: 'protocol', protocols: [] })).toThrow(
      thrown('INVALID_OPTION', 'protocols'),
    )
    expect(() => check('wss://a.test', { kind: 'protocol' })).not.toThrow()
    expect(() => check('wss://a.test', { kind: 'query', protocols: [] })).not.toThrow()
  })
})

describe('expiryOf', () => {
  const jwt = (payload: object | string) => {
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload)
    return `${base64url('{"alg":"none"}')}.${base64url(text)}.sig`
  }

  it.each([
    ['an exp', jwt({ exp: 1_700_000_000 }), 1_700_000_000_000],
    ['an exp beside names of any script', jwt({ name: 'Žluťoučký ☃ 😀 ÿ?>~', exp: 5 }), 5_000],
    ['an exp with a fraction', jwt({ exp: 1.5 }), 1_500],
    ['no exp', jwt({ sub: 'x' }), undefined],
    ['an exp that is no number', jwt({ exp: '1700000000' }), undefined],
    ['a payload that is no object', jwt('null'), undefined],
    ['a payload that is no JSON', jwt('{exp'), undefined],
    ['two dots and nothing more', '..', undefined],
    ['no JWT', 'opaque-token', undefined],
    ['characters of no base64', 'a.%%%.c', undefined],
    ['nothing', '', undefined],
  ])('B38 reads the exp of a JWT: %s', (_, token, expected) => {
    expect(expiryOf(token)).toBe(expected)
  })
})
