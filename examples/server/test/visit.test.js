// A visit over real connections: what each new one begins with, and what becomes of messages when one breaks.

import { createServer } from 'node:http'
import { acks, createSocket, json, offlineQueue, tokenAuth } from '@hawser/core'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { arrivalsIn, createVisit } from '../chat/visit.js'
import { listen, startChatServer } from '../index.js'
import { ClientMessage, ServerMessage } from '../messages.js'

/** Also on a busy machine. */
const PATIENTLY = { timeout: 30_000 }

/** @type {import('../chat-server.js').ChatServer} */
let server

beforeEach(async () => {
  server = await startChatServer()
})

afterEach(() => server.close())

/**
 * @param {string} name
 * @param {{ isHeard?: (message: ServerMessage) => boolean }} [options] what gets lost before this member hears it
 */
function member(name, { isHeard = () => true } = {}) {
  const visit = createVisit('harbour')
  /** @type {ServerMessage[]} */
  const heard = []
  const socket = createSocket(server.url, {
    auth: tokenAuth({
      getToken: () => server.issueToken(name),
      attach: 'message',
      isAccepted: (message) => ServerMessage.safeParse(message).data?.type === 'welcome',
    }),
    codec: json({ incoming: ServerMessage, outgoing: ClientMessage }),
    queue: offlineQueue({
      confirm: acks({ isAck: (message) => isHeard(message) && arrivalsIn(message), deliver: true }),
    }),
    retryDelay: () => 10,
    onHandshake: visit.join,
    environment: { WebSocket },
  })
  socket.on('message', (message) => {
    if (!isHeard(message)) return
    heard.push(message)
    visit.hear(message)
  })
  return {
    socket,
    /** @param {string} text which is the id as well */
    say: (text) => socket.send({ type: 'chat', id: text, text }),
    /** What the room told at each open. */
    joined: () =>
      heard.flatMap((message) => (message.type === 'joined' ? [message.messages.map(({ id }) => id)] : [])),
  }
}

const counted = () => {
  const { order = [], received = 0, doubles = 0 } = server.stats().rooms.harbour ?? {}
  return { order: order.map(({ text }) => text), received, doubles }
}

it('confirms a message when the room has it', async () => {
  const { socket, say } = member('Ada')
  const receipt = say('a')
  expect(receipt.status).toBe('queued')
  socket.connect()
  await receipt.confirmed
  expect(receipt.status).toBe('confirmed')
  expect(counted()).toEqual({ order: ['a'], received: 1, doubles: 0 })
  await socket.close()
})

it('B77 sends again what the server had not read when it died, ahead of what was said since', async () => {
  const { socket, say } = member('Ada')
  socket.connect()
  await say('Ahoy').confirmed
  server.stall()
  const unread = [say('first'), say('second')]
  expect(unread.map(({ status }) => status)).toEqual(['sent', 'sent'])
  const down = socket.once('close')
  await server.kill()
  await down
  const last = say('third')
  await server.restart()
  await last.confirmed
  expect(unread.map(({ status }) => status)).toEqual(['confirmed', 'confirmed'])
  expect(counted()).toEqual({ order: ['Ahoy', 'first', 'second', 'third'], received: 4, doubles: 0 })
  await socket.close()
})

it('B77 loses, doubles and reorders nothing while connections are reset in the middle of a talk', async () => {
  const { socket, say } = member('Ada')
  socket.connect()
  await socket.opened()
  const texts = Array.from({ length: 60 }, (_, n) => `${n}`)
  const receipts = []
  for (const text of texts) {
    const receipt = say(text)
    receipts.push(receipt)
    if (receipts.length % 10) continue
    await server.reset()
    // A message that is there at each of three breaks would be taken for their cause.
    await receipt.confirmed
  }
  expect(receipts.map(({ status }) => status)).toEqual(texts.map(() => 'confirmed'))
  expect(counted()).toMatchObject({ order: texts, received: 60 })
  expect(socket.queue.get()).toMatchObject({ messages: 0, unconfirmed: 0, dropped: 0 })
  await socket.close()
})

it('B77 sends again with the same id what arrived without an answer, and the room keeps it once', async () => {
  let isAnswered = false
  const { socket, say } = member('Ada', {
    isHeard: ({ type }) => (type === 'ack' ? isAnswered : type !== 'joined'),
  })
  socket.on('close', () => {
    isAnswered = true
  })
  socket.connect()
  await socket.opened()
  const receipt = say('a')
  await expect.poll(() => counted().received, PATIENTLY).toBe(1)
  await server.reset()
  await receipt.confirmed
  expect(counted()).toEqual({ order: ['a'], received: 1, doubles: 1 })
  await socket.close()
})

it('does not send again what the room shows us of our own, where its acknowledgement got lost', async () => {
  const { socket, say } = member('Ada', { isHeard: ({ type }) => type !== 'ack' })
  socket.connect()
  await socket.opened()
  const receipt = say('a')
  await expect.poll(() => counted().received, PATIENTLY).toBe(1)
  expect(receipt.status).toBe('sent')
  await server.reset()
  await receipt.confirmed
  expect(counted()).toEqual({ order: ['a'], received: 1, doubles: 0 })
  await socket.close()
})

it('learns at each open just what was said since', async () => {
  const [ada, grace] = [member('Ada'), member('Grace')]
  grace.socket.connect()
  await grace.say('Ahoy').confirmed
  ada.socket.connect()
  await ada.say('Hello').confirmed
  await ada.socket.close()
  await grace.say('Gone already?').confirmed
  ada.socket.connect()
  await expect.poll(ada.joined, PATIENTLY).toEqual([['Ahoy'], ['Gone already?']])
  await Promise.all([ada.socket.close(), grace.socket.close()])
})

it('fails the attempt, with the reason, when the room is not joined', async () => {
  const http = createServer()
  const port = await listen(http, 0)
  const refusing = new WebSocketServer({ server: http })
  const refusal = /** @satisfies {ServerMessage} */ ({ type: 'error', reason: 'The room is full.' })
  refusing.on('connection', (client) => client.on('message', () => client.send(JSON.stringify(refusal))))

  const socket = createSocket(`ws://127.0.0.1:${port}/`, {
    codec: json({ incoming: ServerMessage, outgoing: ClientMessage }),
    onHandshake: createVisit('harbour').join,
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
