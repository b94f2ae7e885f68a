// permessage-deflate, as a `ws` server with a low threshold and each engine's own class agree upon it.
import { expect, inject, it } from 'vitest'
import { extensionsOf } from '../../common/extensions.js'
import { open } from '../support.js'

/** @typedef {import('../../servers/deflate.js').Weighed} Weighed */

const size = 100_000
const url = inject('deflate')

/** Bytes that nothing makes smaller. */
const noise = new Uint8Array(size)
for (let at = 0; at < size; at += 50_000) crypto.getRandomValues(noise.subarray(at, at + 50_000))

it('is agreed upon without a word, and told by transport.extensions', async () => {
  const { socket } = open(url)
  expect(extensionsOf(socket)).toBe('')
  await socket.opened()
  expect(extensionsOf(socket)).toMatch(/^permessage-deflate(;|$)/)
})

it('takes text both ways, whole and small on the wire', async () => {
  const { socket, heard } = open(url)
  const text = 'ahoy, '.repeat(size / 6)
  socket.send(text)
  const [echo, weighed] = await heard(2)
  expect(echo).toBe(text)
  const { payload, wireUp, wireDown } = /** @type {Weighed} */ (JSON.parse(String(weighed)))
  expect(payload).toBe(text.length)
  expect(wireUp).toBeLessThan(payload / 10)
  expect(wireDown).toBeLessThan(payload / 10)
})

it.each([
  ['that repeat', new Uint8Array(size).map((_, at) => at % 7), 0.1],
  ['that nothing makes smaller', noise, 1.1],
])('takes bytes %s both ways, whole', async (_, bytes, share) => {
  const { socket, heard } = open(url)
  socket.send(bytes)
  const [echo, weighed] = await heard(2)
  const back = new Uint8Array(/** @type {ArrayBuffer} */ (echo))
  expect(back.length).toBe(size)
  expect(back.findIndex((byte, at) => byte !== bytes[at])).toBe(-1)
  const { payload, wireUp, wireDown } = /** @type {Weighed} */ (JSON.parse(String(weighed)))
  expect(payload).toBe(size)
  expect(wireUp).toBeLessThan(payload * share)
  expect(wireDown).toBeLessThan(payload * share)
})

it('keeps the order of messages of all sizes', async () => {
  const { socket, messages } = open(url)
  const texts = Array.from({ length: 50 }, (_, i) => `${i}:`.padEnd((i * 7_919) % 20_000, 'x'))
  for (const text of texts) socket.send(text)
  const echoes = () => messages.map(String).filter((message) => !message.startsWith('{'))
  while (echoes().length < texts.length) await socket.once('message')
  expect(echoes()).toEqual(texts)
})
