// The table of B17, code by code, and what an app may say at the end.
import { describe, expect, it } from 'vitest'
import { cutReason, isUserCloseCode, verdictOf } from '../../src/connection/close-code'
import type { Verdict } from '../../src/types'

function verdict(code: number, { early = true, hasAuth = true, reason = '' } = {}): Verdict {
  const close = {
    code,
    reason,
    wasClean: true,
    origin: 'server',
    uncertain: { messages: 0, bytes: 0 },
  } as const
  return verdictOf(close, { early, hasAuth })
}

const utf8Length = (text: string) => new TextEncoder().encode(text).byteLength

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

/** Those that another row of the table is about. */
const named = [4401, 4403, 4408, 4429]

describe('the verdict on a close code', () => {
  const table: readonly (readonly [Verdict, readonly number[]])[] = [
    ['retry', [1001, 1005, 1006, 1011, 1012, 1014, 3008]],
    ['retry-slowly', [1013, 1015, 4408, 4429]],
    ['stop', [1000, 1002, 1003, 1007, 1010]],
    ['stop', range(4400, 4499).filter((code) => !named.includes(code))],
    ['retry', [1009]],
    ['reauthenticate', [3000, 3003, 4401, 4403]],
  ]
  for (const [expected, codes] of table) {
    it.each(codes)(`B17 %i: ${expected}, early or late`, (code) => {
      expect(verdict(code, { early: true })).toBe(expected)
      expect(verdict(code, { early: false })).toBe(expected)
    })
  }

  it.each([0, 999, 1004, 1016, 2999, 3001, 3002, 3007, 3009, 3999, 4000, 4001, 4399, 4500, 4999])(
    'B17 %i, which no row names: retry',
    (code) => {
      expect(verdict(code)).toBe('retry')
      expect(verdict(code, { hasAuth: false })).toBe('retry')
    },
  )

  it('B17 1008: a refused token within minUptime of acceptance, a retry later', () => {
    expect(verdict(1008, { early: true })).toBe('reauthenticate')
    expect(verdict(1008, { early: false })).toBe('retry')
    expect(verdict(1008, { early: false, hasAuth: false })).toBe('retry')
  })

  it.each([1008, 3000, 3003, 4401, 4403])(
    'B17 %i without auth: stop, for there is no other token to try',
    (code) => {
      expect(verdict(code, { hasAuth: false })).toBe('stop')
    },
  )

  it.each([1000, 1002, 1003, 1007, 1010, 4400, 4499])(
    'B18 %i stops with a reason and without one',
    (code) => {
      expect(verdict(code, { reason: '' })).toBe('stop')
      expect(verdict(code, { reason: 'why' })).toBe('stop')
    },
  )
})

describe('the code of close()', () => {
  it.each([1000, 3000, 3999, 4000, 4999])('B20 %i may be sent', (code) => {
    expect(isUserCloseCode(code)).toBe(true)
  })

  it.each([
    [-1],
    [0],
    [500],
    [999],
    [1001],
    [1005],
    [1006],
    [1015],
    [1999],
    [2999],
    [5000],
    [Number.NaN],
    [Infinity],
  ])('B20 %d may not', (code) => {
    expect(isUserCloseCode(code)).toBe(false)
  })
})

describe('the reason of close()', () => {
  it.each([
    ['', ''],
    ['bye', 'bye'],
    ['a'.repeat(123), 'a'.repeat(123)],
    ['a'.repeat(124), 'a'.repeat(123)],
    ['ä'.repeat(61), 'ä'.repeat(61)],
    ['ä'.repeat(62), 'ä'.repeat(61)],
    [`${'a'.repeat(122)}ä`, 'a'.repeat(122)],
    [`${'a'.repeat(121)}€`, 'a'.repeat(121)],
    [`${'a'.repeat(119)}😀`, `${'a'.repeat(119)}😀`],
    [`${'a'.repeat(120)}😀`, 'a'.repeat(120)],
    [`${'a'.repeat(122)}😀`, 'a'.repeat(122)],
    ['😀'.repeat(31), '😀'.repeat(30)],
    ['x'.repeat(1_000_000), 'x'.repeat(123)],
  ])('B21 is cut at a code point within 123 bytes of UTF-8: case %#', (given, cut) => {
    expect(cutReason(given)).toBe(cut)
  })

  it.each([
    ['high halves', '\ud83d'.repeat(61)],
    ['low halves', '\ude00'.repeat(61)],
    ['a half behind text', `${'a'.repeat(121)}\ud83d`],
  ])(
    'B21 with lone surrogates, which the wire makes three bytes of each, is within 123 bytes too: %s',
    (_, given) => {
      expect(utf8Length(cutReason(given))).toBeLessThanOrEqual(123)
    },
  )
})
