// The chat: several sockets at one `ws` server that shares its port with HTTP.
import { afterEach, beforeEach, expect, it } from 'vitest'
import { startChat } from '../servers/chat.js'
import { open } from './support.js'

/** @type {Awaited<ReturnType<typeof startChat>>} */
let server

beforeEach(async () => {
  server = await startChat()
})
afterEach(() => server.close())

async function three() {
  const members = [open(server.url), open(server.url), open(server.url)]
  await Promise.all(members.map(({ socket }) => socket.opened()))
  return members
}

it('brings a message to everybody, its sender included', async () => {
  const members = await three()
  members[1]?.socket.send('Ahoy')
  for (const { heard } of members) expect(await heard(1)).toEqual(['Ahoy'])
})

it.each([
  ['49', 'x'.repeat(49), 'x'.repeat(49)],
  ['50', 'x'.repeat(50), 'x'.repeat(50)],
  ['51', `${'x'.repeat(50)}y`, 'x'.repeat(50)],
  ['60, each of two code units', '🚢'.repeat(60), '🚢'.repeat(50)],
])('cuts messages at 50 characters: one of %s', async (_, text, expected) => {
  const members = await three()
  members[0]?.socket.send(text)
  for (const { heard } of members) expect(await heard(1)).toEqual([expected])
})

it('brings what each of them sends in its order', async () => {
  const members = await three()
  const numbers = Array.from({ length: 100 }, (_, i) => i)
  for (const i of numbers) {
    for (const [who, { socket }] of members.entries()) socket.send(`${who}:${i}`)
  }
  for (const { heard } of members) {
    const messages = await heard(3 * numbers.length)
    for (const who of members.keys()) {
      const own = messages.filter((message) => String(message).startsWith(`${who}:`))
      expect(own).toEqual(numbers.map((i) => `${who}:${i}`))
    }
  }
})

it('goes on without those who left', async () => {
  const [ada, grace, alan] = await three()
  await ada?.socket.close()
  grace?.socket.send('Where is Ada?')
  expect(await alan?.heard(1)).toEqual(['Where is Ada?'])
  expect(ada?.messages).toEqual([])
})

it('answers HTTP on the same port, and upgrades nowhere else', async () => {
  expect(await (await fetch(server.http)).text()).toContain('/chat')
  const { socket, opens } = open(server.url.replace('/chat', '/elsewhere'))
  expect(await socket.once('close')).toMatchObject({ code: 1006, wasClean: false, origin: 'network' })
  expect(opens()).toBe(0)
})
