// URLs and subprotocols as the platform's WebSocket takes them, and URLs as they may be shown.
import { describe, expect, it } from 'vitest'
import { reachOf, redactUrl, resolveProtocols, resolveUrl } from '../../src/url'
import { thrown } from './support'

const base = 'https://page.test/app/index.html?x=1'

describe('resolveUrl', () => {
  it.each([
    ['wss://a.test/live', 'wss://a.test/live'],
    ['ws://a.test', 'ws://a.test/'],
    ['http://a.test/x', 'ws://a.test/x'],
    ['https://a.test:443/x', 'wss://a.test/x'],
    ['HTTPS://A.TEST/x', 'wss://a.test/x'],
    ['wss://a.test/?next=http://b.test', 'wss://a.test/?next=http://b.test'],
    [new URL('https://a.test/x'), 'wss://a.test/x'],
    ['wss://user:pass@a.test/', 'wss://user:pass@a.test/'],
    ['wss://ä.test/ü?ö', 'wss://xn--4ca.test/%C3%BC?%C3%B6'],
  ])('takes %s', (given, resolved) => {
    expect(resolveUrl(given, undefined)).toBe(resolved)
  })

  it.each([
    ['/live', 'wss://page.test/live'],
    ['live', 'wss://page.test/app/live'],
    ['//b.test/live', 'wss://b.test/live'],
    ['?a=b', 'wss://page.test/app/index.html?a=b'],
    ['ws://c.test/', 'ws://c.test/'],
  ])('resolves %s against the page', (given, resolved) => {
    expect(resolveUrl(given, base)).toBe(resolved)
  })

  it.each([
    ['', undefined],
    ['/live', undefined],
    ['nonsense', undefined],
    ['ftp://a.test', undefined],
    ['mailto:a@b', undefined],
    ['wss://', undefined],
    ['wss://a.test:99999/', undefined],
    ['wss://a.test/#part', undefined],
    ['wss://a.test/#', undefined],
    ['#part', base],
    ['blob:x', base],
    [undefined, undefined],
    [null, undefined],
    [42, undefined],
    [{}, undefined],
  ])('throws INVALID_OPTION for %s, which no WebSocket takes', (given, against) => {
    expect(() => resolveUrl(given, against)).toThrow(thrown('INVALID_OPTION', 'URL'))
  })

  it.each([
    ['wss://a.test/?token=hush#', 'hush'],
    ['ftp://user:hush@a.test/', 'hush'],
    ['ftp://user:hu@sh@a.test/', 'sh@'],
  ])('B49 hides the secrets of %s in what it throws', (given, secret) => {
    expect(() => resolveUrl(given, undefined)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining(secret) }),
    )
  })
})

describe('resolveProtocols', () => {
  it.each([
    [undefined, []],
    [[], []],
    ['chat', ['chat']],
    [
      ['v2', 'v1'],
      ['v2', 'v1'],
    ],
    [
      ['a', 'A'],
      ['a', 'A'],
    ],
    ["!#$%&'*+-.^_`|~09azAZ", ["!#$%&'*+-.^_`|~09azAZ"]],
  ])('takes %j', (given, list) => {
    expect(resolveProtocols(given)).toEqual(list)
  })

  it.each([
    [''],
    [['']],
    ['two words'],
    ['a,b'],
    ['a/b'],
    ['a:b'],
    ['a;b'],
    ['a@b'],
    ['a[b]'],
    ['a{b}'],
    ['a(b)'],
    ['a"b'],
    ['a\\b'],
    ['a=b'],
    ['a?b'],
    ['a<b>'],
    ['ä'],
    ['😀'],
    ['a\u007f'],
    ['a\nb'],
    [['a', 'a']],
    [['a', 'b', 'a']],
    [[1]],
    [[null]],
    [null],
    [42],
    [{}],
  ])('throws INVALID_OPTION for %j', (given) => {
    expect(() => resolveProtocols(given)).toThrow(thrown('INVALID_OPTION', 'protocols'))
  })

  it('takes exactly the characters of a token (RFC 7230 section 3.2.6)', () => {
    const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]$/
    const wrong: string[] = []
    for (let code = 0; code <= 0x2ff; code++) {
      const name = String.fromCharCode(code)
      let taken = true
      try {
        resolveProtocols(`a${name}`)
      } catch {
        taken = false
      }
      if (taken !== token.test(name)) wrong.push(`U+${code.toString(16).padStart(4, '0')}`)
    }
    expect(wrong).toEqual([])
  })
})

describe('reachOf', () => {
  it.each([
    ['localhost', 'loopback'],
    ['LOCALHOST', 'loopback'],
    ['app.localhost', 'loopback'],
    ['a.b.localhost', 'loopback'],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['127.1', 'loopback'],
    ['[::1]', 'loopback'],
    ['[0:0:0:0:0:0:0:1]', 'loopback'],
    ['10.0.0.1', 'lan'],
    ['10.255.255.255', 'lan'],
    ['192.168.0.10', 'lan'],
    ['172.16.0.1', 'lan'],
    ['172.20.1.1', 'lan'],
    ['172.31.255.255', 'lan'],
    ['169.254.1.2', 'lan'],
    ['[fc00::1]', 'lan'],
    ['[fd12:3456::1]', 'lan'],
    ['[fe80::1]', 'lan'],
    ['printer', 'lan'],
    ['nas-2', 'lan'],
    ['printer.local', 'lan'],
    ['a.b.local', 'lan'],
    ['example.com', 'internet'],
    ['8.8.8.8', 'internet'],
    ['11.0.0.1', 'internet'],
    ['192.169.0.1', 'internet'],
    ['172.15.0.1', 'internet'],
    ['172.32.0.1', 'internet'],
    ['169.253.1.1', 'internet'],
    ['[2001:db8::1]', 'internet'],
    ['[ff02::1]', 'internet'],
    // Names that only look like it.
    ['localhost.example.com', 'internet'],
    ['notlocalhost.example', 'internet'],
    ['mylocalhost', 'lan'],
    ['10.0.0.1.example.com', 'internet'],
    ['127.0.0.1.example.com', 'internet'],
    ['192.168.0.1.nip.test', 'internet'],
    ['local.example.com', 'internet'],
    ['fd.example.com', 'internet'],
  ])('B54 %s is of %s', (host, reach) => {
    expect(reachOf(`wss://${host}/live`)).toBe(reach)
    expect(reachOf(`ws://${host}:8080/?next=localhost`)).toBe(reach)
  })
})

describe('redactUrl', () => {
  it.each([
    ['wss://a.test/?token=abc', 'wss://a.test/?token=[redacted]'],
    ['wss://a.test/?room=1&access_token=abc&x=2', 'wss://a.test/?room=1&access_token=[redacted]&x=2'],
    ['wss://a.test/?TOKEN=abc', 'wss://a.test/?TOKEN=[redacted]'],
    [
      '?apikey=1&Secret=2&auth=3&password=4&ticket=5&jwt=6&sig=7',
      '?apikey=[redacted]&Secret=[redacted]&auth=[redacted]&password=[redacted]&ticket=[redacted]&jwt=[redacted]&sig=[redacted]',
    ],
    ['wss://user:pass@a.test/', 'wss://[redacted]@a.test/'],
    ['wss://user@a.test/', 'wss://[redacted]@a.test/'],
    ['wss://user:p@ss@a.test/', 'wss://[redacted]@a.test/'],
    [
      'failed: wss://u:p@a.test/?token=x, then wss://u:p@b.test/?token=y',
      'failed: wss://[redacted]@a.test/?token=[redacted] then wss://[redacted]@b.test/?token=[redacted]',
    ],
    ['wss://a.test/?token=a%20b%26c#x', 'wss://a.test/?token=[redacted]#x'],
    ['wss://a.test/?token=', 'wss://a.test/?token=[redacted]'],
    ['wss://a.test/?room=1', 'wss://a.test/?room=1'],
    ['wss://a.test/token=abc', 'wss://a.test/token=abc'],
    ['wss://a.test/?q=a@b', 'wss://a.test/?q=a@b'],
    ['no URL at all', 'no URL at all'],
  ])('B49 shows %s as %s', (given, shown) => {
    expect(redactUrl(given)).toBe(shown)
  })

  it.each(['?token=', '?token', '&key', '://', '?', 'a?'])(
    'B49 is quick with 1 000 times %j, which a server may say',
    (text) => {
      const start = performance.now()
      redactUrl(text.repeat(1_000))
      expect(performance.now() - start).toBeLessThan(200)
    },
  )
})
