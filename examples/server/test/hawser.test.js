// A Hawser client in Node against the example server: the shared messages on both sides, and what was said while the
// server was down.

import { createSocket, json, offlineQueue, tokenAuth } from '@hawser/core'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { startChatServer } from '../index.js'
import { ClientMessage, ServerMessage } from '../messages.js'

/** @type {import('../chat-server.js').ChatServer} */
let server

beforeEach(async () => {
  server = await startChatServer()
})

afterEach(() => server.close())

/**
 * @param {string} name
 * @param {(text: string) => void} [hear] gets what the others say, also what was said before
 */
async function member(name, hear = () => {}) {
  const socket = createSocket(server.url, {
    auth: tokenAuth({
      getToken: () => server.issueToken(name),
      attach: 'message',
      isAccepted: (message) => ServerMessage.safeParse(message).data?.type === 'welcome',
      isRejected: (message) => ServerMessage.safeParse(message).data?.type === 'refused',
    }),
    codec: json({ incoming: ServerMessage, outgoing: ClientMessage }),
    queue: offlineQueue({ ttl: 60_000 }),
    onHandshake: async ({ send, receive }) => {
      send({ type: 'join', room: 'harbour' })
      const joined = ServerMessage.parse(await receive())
      if (joined.type === 'joined') for (const { text } of joined.messages) hear(text)
    },
    environment: { WebSocket },
  })
  socket.on('message', (message) => message.type === 'chat' && hear(message.text))
  socket.connect()
  await socket.opened()
  return socket
}

it('takes what waited once and in order, and passes it on', async () => {
  /** @type {string[]} */
  const heard = []
  let heardAll = () => {}
  const all = /** @type {Promise<void>} */ (new Promise((resolve) => (heardAll = resolve)))
  const ada = await member('Ada')
  const grace = await member('Grace', (text) => {
    if (heard.push(text) >= 3) heardAll()
  })

  const down = Promise.all([ada.once('close'), grace.once('close')])
  await server.kill()
  await down
  for (const text of ['first', 'second', 'third']) ada.send({ type: 'chat', id: text, text })
  expect(ada.queue.get().messages).toBe(3)

  await server.restart()
  await all
  expect(heard).toEqual(['first', 'second', 'third'])
  expect(server.stats().rooms.harbour).toMatchObject({ received: 3, doubles: 0 })
  await Promise.all([ada.close(), grace.close()])
})

it('does not get a message that does not fit its description', async () => {
  const ada = await member('Ada')
  const dropped = ada.once('drop')
  ada.send({ type: 'chat', id: '1', text: '' })
  expect((await dropped).error.code).toBe('VALIDATION')
  expect(server.stats().rooms.harbour).toMatchObject({ received: 0 })
  await ada.close()
})
