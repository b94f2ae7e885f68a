// Hawser's channels in Node against the example server: breaks, a server that forgot, and who may come in.

import { createSocket, json } from '@hawser/core'
import { createChannels } from '@hawser/core/channels'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { startChannelServer } from '../index.js'

/** @type {Awaited<ReturnType<typeof startChannelServer>>} */
let server
/** @type {(() => Promise<void>)[]} */
const ends = []

beforeEach(async () => {
  server = await startChannelServer({
    remember: 10,
    refuse: (_, channel, payload) =>
      channel === 'secret' && payload !== 'the word' ? 'Only for those who know the word.' : undefined,
  })
})

afterEach(async () => {
  await Promise.all(ends.splice(0).map((end) => end()))
  await server.close()
})

function connect(url = server.url) {
  const socket = createSocket(url, { codec: json(), retryDelay: () => 20, environment: { WebSocket } })
  ends.push(() => socket.close())
  socket.connect()
  return { socket, channels: createChannels(socket) }
}

/** @template T @param {() => T} look */
const until = (look) => vi.waitFor(look, { timeout: 15_000, interval: 10 })

/** @param {import('@hawser/core/channels').Subscription} subscription @param {object} state */
const reaches = (subscription, state) => until(() => expect(subscription.state.get()).toMatchObject(state))

it('passes on what is published, each message once and in order, over a break', async () => {
  const ada = connect()
  const grace = connect()
  /** @type {unknown[]} */
  const heard = []
  const boats = ada.channels.subscribe('boats', (message) => heard.push(message))
  await reaches(boats, { status: 'subscribed', recovered: false })
  grace.channels.subscribe('boats', () => {})
  grace.channels.publish('boats', 1)
  await until(() => expect(heard).toEqual([1]))
  const lost = ada.socket.once('close')
  server.breakAll()
  await lost
  for (const message of [2, 3]) server.publish('boats', message)
  grace.channels.publish('boats', 4)
  await until(() => expect(heard).toHaveLength(4))
  expect(heard).toEqual([1, 2, 3, 4])
  expect(boats.state.get()).toMatchObject({ status: 'subscribed', recovered: true })
})

it('says so where it no longer knows what was missed', async () => {
  const { socket, channels } = connect()
  const boats = channels.subscribe('boats', () => {})
  await reaches(boats, { status: 'subscribed' })
  server.publish('boats', 'hi')
  await until(() => expect(boats.position).toMatchObject({ offset: 1 }))
  const lost = socket.once('close')
  server.breakAll()
  await lost
  for (let n = 0; n < 11; n++) server.publish('boats', n)
  await reaches(boats, { status: 'subscribed', recovered: false })
  expect(boats.position).toMatchObject({ offset: 12 })
})

it('says so where the server began anew: its offsets mean something else', async () => {
  const { socket, channels } = connect()
  const boats = channels.subscribe('boats', () => {})
  await reaches(boats, { status: 'subscribed' })
  const { port } = server
  const lost = socket.once('close')
  await server.close()
  await lost
  server = await startChannelServer({ port })
  expect(server.port).toBe(port)
  await reaches(boats, { status: 'subscribed', recovered: false })
})

it('lets in whom it is to let in', async () => {
  const { channels } = connect()
  const refused = channels.subscribe('secret', () => {})
  await reaches(refused, {
    status: 'rejected',
    error: { code: 'REJECTED', cause: 'Only for those who know the word.' },
  })
  refused.unsubscribe()
  await reaches(
    channels.subscribe('secret', () => {}, { payload: 'the word' }),
    { status: 'subscribed' },
  )
})

it('lets nobody publish who is not in', async () => {
  const { channels } = connect()
  /** @type {unknown[]} */
  const heard = []
  const secret = channels.subscribe('secret', (message) => heard.push(message), { payload: 'the word' })
  await reaches(secret, { status: 'subscribed' })
  const stranger = connect().channels
  stranger.publish('secret', 'let me in')
  await reaches(
    stranger.subscribe('boats', () => {}),
    { status: 'subscribed' },
  )
  channels.publish('secret', 'hi')
  await until(() => expect(heard).toEqual(['hi']))
})

it('has whoever comes back catch up, however much it is, several at once', async () => {
  await server.close()
  server = await startChannelServer({ remember: 1_000 })
  const clients = [connect(), connect()].map(({ socket, channels }) => {
    /** @type {unknown[]} */
    const heard = []
    const boats = channels.subscribe('boats', (message) => heard.push(Number.parseInt(String(message), 10)))
    /** @type {unknown[]} */
    const closes = []
    socket.on('close', (close) => closes.push(close))
    return { socket, heard, boats, closes }
  })
  for (const { boats } of clients) await reaches(boats, { status: 'subscribed' })
  const lost = clients.map(({ socket }) => socket.once('close'))
  server.breakAll()
  await Promise.all(lost)
  const messages = Array.from({ length: 1_000 }, (_, n) => n)
  for (const n of messages) server.publish('boats', `${n} ${'x'.repeat(15_000)}`)
  for (const { heard, boats, closes } of clients) {
    await until(() => expect(heard.length).toBeGreaterThanOrEqual(1_000))
    expect(heard).toEqual(messages)
    expect(boats.state.get()).toMatchObject({ status: 'subscribed', recovered: true })
    // One break, and none for what had to wait.
    expect(closes).toHaveLength(1)
  }
})

it('knows whom it no longer has to tell', async () => {
  const { socket, channels } = connect()
  const boats = channels.subscribe('boats', () => {})
  await reaches(boats, { status: 'subscribed' })
  expect(server.channels.count('boats')).toBe(1)
  boats.unsubscribe()
  await until(() => expect(server.channels.count('boats')).toBe(0))
  await reaches(
    channels.subscribe('boats', () => {}),
    { status: 'subscribed' },
  )
  await socket.close()
  await until(() => expect(server.channels.count('boats')).toBe(0))
})

it('closes on who does not speak its language, and answers no other page', async () => {
  const { socket } = connect()
  await socket.opened()
  const closed = socket.once('close')
  socket.send({ type: 'subscribe' })
  expect(await closed).toMatchObject({ code: 1008 })
  const stranger = new WebSocket(server.url, { origin: 'https://elsewhere.test' })
  const status = await new Promise((resolve) => {
    stranger.on('unexpected-response', (_, response) => resolve(response.statusCode))
    stranger.on('error', () => {})
  })
  expect(status).toBe(401)
})
