// The delivery book over real connections: what a new one begins with, and what is forgotten.

import { createServer } from 'node:http'
import { createSocket, json, offlineQueue, tokenAuth } from '@hawser/core'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { createDelivery } from '../chat/delivery.js'
import { listen, startChatServer } from '../index.js'
import { ClientMessage, ServerMessage } from '../messages.js'

/** Also on a busy machine. */
const PATIENTLY = { timeout: 4_000 }

/** @type {import('../chat-server.js').ChatServer} */
let server

beforeEach(async () => {
  server = await startChatServer()
})

afterEach(() => server.close())

/** @param {import('../chat/delivery.js').Delivery} delivery */
function ada(delivery) {
  const socket = createSocket(server.url, {
    auth: tokenAuth({
      getToken: () => server.issueToken('Ada'),
      attach: 'message',
      isAccepted: (message) => ServerMessage.safeParse(message).data?.type === 'welcome',
    }),
    codec: json({ incoming: ServerMessage, outgoing: ClientMessage }),
    queue: offlineQueue({ maxMessages: 1, overflow: 'drop-oldest' }),
    onHandshake: delivery.resume,
    environment: { WebSocket },
  })
  socket.on('message', delivery.hear)
  /** @param {string} id */
  function say(id) {
    const message = /** @type {const} */ ({ type: 'chat', id, text: id })
    const receipt = socket.send(message)
    delivery.track(message, receipt)
    return receipt
  }
  return { socket, say }
}

it('holds a message until the room has it', async () => {
  const delivery = createDelivery('harbour')
  const { socket, say } = ada(delivery)
  say('a')
  expect(delivery.isUnconfirmed('a')).toBe(true)
  socket.connect()
  await expect.poll(() => delivery.isUnconfirmed('a'), PATIENTLY).toBe(false)
  expect(server.stats().rooms.harbour).toMatchObject({ received: 1 })
  await socket.close()
})

it('forgets at an open what was dropped', async () => {
  const delivery = createDelivery('harbour')
  const { socket, say } = ada(delivery)
  const dropped = say('too much')
  say('waits')
  expect(dropped.status).toBe('dropped')
  socket.connect()
  await socket.opened()
  expect(delivery.isUnconfirmed('too much')).toBe(false)
  await expect
    .poll(() => server.stats().rooms.harbour?.order.map(({ text }) => text), PATIENTLY)
    .toEqual(['waits'])
  await socket.close()
})

it('fails the attempt, with the reason, when the room is not joined', async () => {
  const http = createServer()
  const port = await listen(http, 0)
  const refusing = new WebSocketServer({ server: http })
  const refusal = /** @satisfies {ServerMessage} */ ({ type: 'error', reason: 'The room is full.' })
  refusing.on('connection', (client) => client.on('message', () => client.send(JSON.stringify(refusal))))

  const socket = createSocket(`ws://127.0.0.1:${port}/`, {
    codec: json({ incoming: ServerMessage, outgoing: ClientMessage }),
    onHandshake: createDelivery('harbour').resume,
    environment: { WebSocket },
  })
  const failure = socket.once('error')
  socket.connect()
  expect(String((await failure).cause)).toContain('The room is full.')
  expect(socket.state.get().status).toBe('waiting')
  await socket.close()
  refusing.close()
  http.close()
})
