// Messages to frames and back: raw, json, and the schemas of both sides.
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type JsonOptions, json } from '../../src/codec/json'
import { raw } from '../../src/codec/raw'
import type { StandardSchema } from '../../src/codec/standard-schema'
import type { Codec } from '../../src/types'
import { thrown } from './support'

/** What of a message goes out, and what of a frame comes in, as the socket does it. */
function through(codec: Codec<any, any>) {
  return {
    out: (message: unknown) => codec.encode(codec.parseOutgoing ? codec.parseOutgoing(message) : message),
    in: (frame: any) => {
      const message = codec.decode(frame)
      return codec.parseIncoming ? codec.parseIncoming(message) : message
    },
  }
}
const jsonWith = (options?: JsonOptions<any, any, boolean>) => through(json(options))

/** What a call throws. */
function caught(call: () => unknown): any {
  try {
    call()
  } catch (error) {
    return error
  }
  return expect.unreachable('it did not throw')
}

const bytes = new Uint8Array([1, 2, 3])
const binaries: [string, ArrayBuffer | ArrayBufferView | Blob][] = [
  ['a buffer', bytes.buffer],
  ['a view', bytes.subarray(1)],
  ['a DataView', new DataView(bytes.buffer)],
  ['a Blob', new Blob(['x'])],
]

describe('raw', () => {
  it.each<[string, unknown]>([['text', 'hi'], ['no text', ''], ...binaries])(
    'passes %s as it is, both ways',
    (_, data) => {
      expect(through(raw).out(data)).toBe(data)
      expect(through(raw).in(data)).toBe(data)
    },
  )

  it.each([[{}], [{ byteLength: 3 }], [[1]], [null], [undefined], [42], [true], [() => {}]])(
    'throws for %j, which the platform would send as text, and names json()',
    (message) => {
      expect(() => through(raw).out(message)).toThrow('json()')
    },
  )
})

describe('json', () => {
  it('has its name, by which auth and heartbeat choose their frames', () => {
    expect([json().name, raw.name]).toEqual(['json', 'raw'])
  })

  it.each([[{ a: [1, null, 'ž'] }], ['text'], [42], [true], [null], [[]]])(
    'carries %j both ways',
    (message) => {
      const frame = jsonWith().out(message)
      expect(frame).toBe(JSON.stringify(message))
      expect(jsonWith().in(frame)).toEqual(message)
    },
  )

  const circular: any = {}
  circular.self = circular
  it.each([
    ['undefined', undefined],
    ['a function', () => {}],
    ['a symbol', Symbol('s')],
    ['a bigint', 1n],
    ['a circle', circular],
    [
      'a toJSON that throws',
      {
        toJSON: () => {
          throw new Error('no')
        },
      },
    ],
    ['a toJSON that gives nothing', { toJSON: () => undefined }],
  ])('throws for what JSON has no form for: %s', (_, message) => {
    expect(() => jsonWith().out(message)).toThrow()
  })

  it.each(['', 'nonsense', '{', '{"a":1', 'undefined', '\u0000', '[1,]'])(
    'B99 throws for the frame %j',
    (frame) => {
      expect(() => jsonWith().in(frame)).toThrow(SyntaxError)
    },
  )

  it.each(binaries)('B101 does not take a frame of %s, and names the option', (_, data) => {
    expect(() => jsonWith().in(data)).toThrow('binary: true')
  })

  it.each(binaries)('B101 passes %s by an option, unchecked by the schemas, both ways', (_, data) => {
    const codec = jsonWith({ binary: true, incoming: z.never(), outgoing: z.never() })
    expect(codec.out(data)).toBe(data)
    expect(codec.in(data)).toBe(data)
  })

  it.each([{ byteLength: 100 }, { size: 3, arrayBuffer: 1 }])(
    'B101 with that option, an object with the fields of a buffer is JSON like any other: %j',
    (message) => {
      const codec = jsonWith({ binary: true })
      expect(codec.out(message)).toBe(JSON.stringify(message))
      expect(() => jsonWith({ binary: true, incoming: z.never() }).in(JSON.stringify(message))).toThrow(
        thrown('VALIDATION'),
      )
    },
  )

  it.each([
    [{ incoming: {} }, 'incoming'],
    [{ outgoing: () => true }, 'outgoing'],
    [{ incoming: { '~standard': {} } }, 'incoming'],
    [{ binary: 1 }, 'binary'],
    [{ schema: z.string() }, 'schema'],
  ])('throws INVALID_OPTION, naming it, for %j', (options, name) => {
    expect(() => json(options as never)).toThrow(thrown('INVALID_OPTION', name))
  })
})

describe('json, with one more member', () => {
  const opening = '{"id":"a-1",'

  it('puts it ahead of the others', () => {
    expect(json().encodeWith?.({ text: 'hi' }, opening)).toBe('{"id":"a-1","text":"hi"}')
  })

  it.each([
    ['has none', {}],
    ['has none that JSON knows', { fn: () => {} }],
    ['is made into something else', { toJSON: () => 'text' }],
    ['is made into nothing', { toJSON: () => undefined }],
  ])('has no such way for an object that %s', (_, message) => {
    expect(json().encodeWith?.(message, opening)).toBeUndefined()
  })
})

describe('schemas', () => {
  const point = z.object({ x: z.number(), at: z.string().transform((text) => new Date(text)) })

  it('B99 hands on what the schema made of an incoming message', () => {
    const codec = jsonWith({ incoming: point })
    expect(codec.in('{"x":1,"at":"2026-11-21T00:00:00Z","more":2}')).toEqual({
      x: 1,
      at: new Date('2026-11-21T00:00:00Z'),
    })
  })

  it('B99 throws VALIDATION with the issues, their paths, and a message that names them', () => {
    const error = caught(() => jsonWith({ incoming: point }).in('{"x":"1"}'))
    expect(error).toEqual(thrown('VALIDATION', 'incoming'))
    expect(error.message).toMatch(/x: .+; at: .+/)
    expect(error.issues.map(({ path }: { path: unknown }) => path)).toEqual([['x'], ['at']])
  })

  it('B99 names no more than the first few of many issues', () => {
    const many = z.array(z.number())
    const frame = JSON.stringify(Array(1_000).fill('x'))
    const error = caught(() => jsonWith({ incoming: many }).in(frame))
    expect(error.issues).toHaveLength(1_000)
    expect(error.message.length).toBeLessThan(500)
  })

  it('sends what the schema made of an outgoing message, and throws VALIDATION for others', () => {
    const codec = jsonWith({ outgoing: z.object({ at: z.date().transform((date) => date.getTime()) }) })
    expect(codec.out({ at: new Date(7) })).toBe('{"at":7}')
    expect(caught(() => codec.out({ at: 7 }))).toEqual(thrown('VALIDATION', 'outgoing'))
  })

  it('B100 takes an async schema for what comes in', async () => {
    const even = z.number().refine(async (n) => n % 2 === 0, 'odd')
    const codec = jsonWith({ incoming: even })
    expect(await codec.in('2')).toBe(2)
    await expect(codec.in('3')).rejects.toThrow(thrown('VALIDATION', 'odd'))
  })

  it('refuses an async schema for what goes out, instead of sending a promise', () => {
    const codec = jsonWith({ outgoing: z.object({ a: z.number() }).refine(async () => true) })
    expect(() => codec.out({ a: 1 })).toThrow()
  })

  it('takes any Standard Schema, also with paths of objects, and issues without one', () => {
    const schema = (
      issues: { message: string; path?: (PropertyKey | { key: PropertyKey })[] }[],
    ): StandardSchema => ({
      '~standard': { version: 1, vendor: 'test', validate: () => ({ issues }) },
    })
    const say = (...issues: Parameters<typeof schema>[0]) =>
      caught(() => jsonWith({ incoming: schema(issues) }).in('1')).message
    expect(say({ message: 'no', path: [{ key: 'a' }, 0, Symbol('s')] })).toContain('a.0.Symbol(s): no')
    expect(say({ message: 'nothing fits' })).toContain('schema: nothing fits')
  })

  it('takes a schema whose validate throws for what it is', () => {
    const schema: StandardSchema = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: () => {
          throw new Error('broken schema')
        },
      },
    }
    expect(() => jsonWith({ incoming: schema }).in('1')).toThrow('broken schema')
  })
})
