// Text, ArrayBuffer, views and Blob, from here to a `ws` server and back.
import { json } from '@hawser/core'
import { describe, expect, inject, it } from 'vitest'
import { open } from '../support.js'

const bytes = Uint8Array.of(0, 1, 2, 0x7f, 0x80, 0xfe, 0xff, 10, 13, 0)
const url = inject('kinds')

/** @param {ArrayBuffer | Uint8Array} data */
const hex = (data) => [...new Uint8Array(data)].map((byte) => byte.toString(16).padStart(2, '0')).join('')

/** @param {string} text */
const utf8 = (text) => hex(new TextEncoder().encode(text))

describe('text', () => {
  it.each([
    ['plain', 'ahoy'],
    ['empty', ''],
    ['of many scripts', 'Grüße, 你好, مرحبا, ⚓ and 🚢'],
    ['with zeros and line ends', 'a\0b\r\nc'],
    ['long', 'ahoy, '.repeat(50_000)],
  ])('that is %s goes as text and comes back as it was', async (_, text) => {
    const { socket, heard } = open(url)
    socket.send(text)
    const [seen, echo] = await heard(2)
    expect(JSON.parse(String(seen))).toEqual({ kind: 'text', hex: utf8(text) })
    expect(echo).toBe(text)
  })
})

/** @type {[string, import('@hawser/core').WireData, string][]} */
const binaries = [
  ['an ArrayBuffer', bytes.buffer, hex(bytes)],
  ['an empty ArrayBuffer', new ArrayBuffer(0), ''],
  ['a Uint8Array', bytes, hex(bytes)],
  ['a Uint8Array with an offset', bytes.subarray(3, 7), '7f80feff'],
  ['a DataView', new DataView(bytes.buffer, 5), 'feff0a0d00'],
  ['a Uint16Array with an offset', new Uint16Array(bytes.buffer, 2, 2), '027f80fe'],
  ['a Blob', new Blob(['Blob ', bytes.subarray(3, 5)]), `${utf8('Blob ')}7f80`],
  ['an empty Blob', new Blob([]), ''],
]

describe('binary', () => {
  it.each(binaries)('%s goes as binary, and comes back as an ArrayBuffer', async (_, data, expected) => {
    const { socket, heard } = open(url)
    socket.send(data)
    const [seen, echo] = await heard(2)
    expect(JSON.parse(String(seen))).toEqual({ kind: 'binary', hex: expected })
    expect(echo).toBeInstanceOf(ArrayBuffer)
    expect(hex(/** @type {ArrayBuffer} */ (echo))).toBe(expected)
  })

  it.each(binaries)('%s comes back as a Blob, where that is asked for', async (_, data, expected) => {
    const { socket, heard } = open(url, { binaryType: 'blob' })
    socket.send(data)
    const [, echo] = await heard(2)
    expect(echo).toBeInstanceOf(Blob)
    expect(hex(await /** @type {Blob} */ (echo).arrayBuffer())).toBe(expected)
  })

  it('keeps the order of all kinds, sent in one go while nothing was open yet', async () => {
    const { socket, heard } = open(url)
    for (const [, data] of binaries) {
      socket.send('next')
      socket.send(data)
    }
    const messages = await heard(4 * binaries.length)
    expect(messages.filter((_, at) => at % 2 === 0).map((seen) => JSON.parse(String(seen)).hex)).toEqual(
      binaries.flatMap(([, , expected]) => [utf8('next'), expected]),
    )
  })

  it('B101 binaryType outlives a reconnect', async () => {
    const { socket, heard, opens } = open(url, { binaryType: 'blob' })
    await socket.opened()
    const reopened = socket.once('open')
    socket.reconnect()
    await reopened
    expect(opens()).toBe(2)
    socket.send(bytes)
    expect((await heard(2))[1]).toBeInstanceOf(Blob)
  })

  it('B101 passes the JSON codec by an option', async () => {
    const { socket, heard } = open(url, { codec: json({ binary: true }) })
    socket.send(bytes.subarray(3, 5))
    const [seen, echo] = await heard(2)
    expect(seen).toEqual({ kind: 'binary', hex: '7f80' })
    expect(hex(/** @type {ArrayBuffer} */ (echo))).toBe('7f80')
  })
})
