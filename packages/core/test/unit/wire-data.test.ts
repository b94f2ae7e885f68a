// Telling frames apart, measuring them, keeping them as they are.
import { describe, expect, it } from 'vitest'
import type { WireData } from '../../src/types'
import { byteLength, cheapLength, isBinary, snapshot } from '../../src/wire-data'

const bytes = (...values: number[]) => new Uint8Array(values)

describe('byteLength', () => {
  it.each([
    ['', 0],
    ['abc', 3],
    ['ä', 2],
    ['\u07ff\u0800', 5],
    ['€', 3],
    ['\uffff', 3],
    ['😀', 4],
    ['a😀ä€', 10],
    ['a'.repeat(4_096), 4_096],
    ['€'.repeat(10_000), 30_000],
    [`${'a'.repeat(4_095)}€`, 4_098],
    [`${'a'.repeat(4_094)}😀`, 4_098],
    ['😀'.repeat(5_000), 20_000],
  ])('B72 counts text in UTF-8: case %#', (text, length) => {
    expect(byteLength(text)).toBe(length)
  })

  it.each(['\ud83d', '\ude00', 'a\ud83db', '\ude00\ud83d', '\ud83d\ud83d'.repeat(3_000)])(
    'B72 counts a lone surrogate as the three bytes that go over the wire: case %#',
    (text) => {
      expect(byteLength(text)).toBe(new TextEncoder().encode(text).byteLength)
    },
  )

  it.each<[string, WireData, number]>([
    ['a buffer', new ArrayBuffer(7), 7],
    ['a view', new Uint8Array(10).subarray(3, 6), 3],
    ['a view of wide elements', new Float64Array(2), 16],
    ['a DataView', new DataView(new ArrayBuffer(9), 4), 5],
    ['a Blob', new Blob(['äb']), 3],
  ])('B72 counts %s by its bytes', (_, data, length) => {
    expect(byteLength(data)).toBe(length)
  })
})

it('B77 cheapLength is a lower bound that is exact for ASCII and binary', () => {
  for (const text of ['', 'abc', 'ä', '😀', '\ud83d'])
    expect(cheapLength(text)).toBeLessThanOrEqual(byteLength(text))
  expect(cheapLength('abc')).toBe(3)
  expect(cheapLength(bytes(1, 2))).toBe(2)
})

describe('snapshot', () => {
  it.each([
    ['buffer', (memory: SharedArrayBuffer) => memory],
    ['view', (memory: SharedArrayBuffer) => new Uint8Array(memory, 1, 2)],
  ])('of shared memory (a %s) is memory of its own, which platforms send', (_, of) => {
    const memory = new SharedArrayBuffer(3)
    new Uint8Array(memory).set([1, 2, 3])
    const kept = snapshot(of(memory) as never) as ArrayBuffer
    new Uint8Array(memory).fill(9)
    expect(Object.prototype.toString.call(kept)).toBe('[object ArrayBuffer]')
    expect([1, 2, 3].join()).toContain([...new Uint8Array(kept)].join())
  })

  it.each<[string, (buffer: ArrayBuffer) => WireData, number[]]>([
    ['a buffer', (buffer) => buffer, [0, 1, 2, 3]],
    ['a view', (buffer) => new Uint8Array(buffer, 1, 2), [1, 2]],
    ['a DataView', (buffer) => new DataView(buffer, 3), [3]],
  ])('B83 is not changed by a later change of %s', (_, make, expected) => {
    const own = bytes(0, 1, 2, 3)
    const kept = snapshot(make(own.buffer)) as ArrayBuffer
    own.fill(9)
    expect([...new Uint8Array(kept)]).toEqual(expected)
  })

  it('B83 of what cannot change is the same', () => {
    const blob = new Blob(['x'])
    expect(snapshot(blob)).toBe(blob)
    expect(snapshot('x')).toBe('x')
  })

  it('B83 of a buffer that is transferred away keeps its bytes', () => {
    const own = bytes(1, 2).buffer
    const kept = snapshot(own) as ArrayBuffer
    structuredClone(own, { transfer: [own] })
    expect([...new Uint8Array(kept)]).toEqual([1, 2])
  })
})

it('isBinary knows buffers, views and Blobs', () => {
  for (const data of [new ArrayBuffer(1), bytes(1), new DataView(new ArrayBuffer(1)), new Blob([])]) {
    expect(isBinary(data)).toBe(true)
  }
  for (const data of ['x', null, undefined, 1, {}, [], () => {}, { size: 1 }])
    expect(isBinary(data)).toBe(false)
})
