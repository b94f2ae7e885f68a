// The chat server, as clients of plain ws meet it: on free ports, each fault made and mended.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { startChatServer } from '../index.js'
import { listen } from '../loopback.js'
import { open, refusal } from './client.js'

/** @type {import('../chat-server.js').ChatServer} */
let server

beforeEach(async () => {
  server = await startChatServer()
})

afterEach(() => server.close())

/**
 * @param {string} name
 * @param {string} [room]
 * @param {string} [after]
 */
async function joined(name, room = 'harbour', after) {
  const client = await open(server.url)
  client.send({ type: 'auth', token: server.issueToken(name).token })
  await client.next('welcome')
  client.send({ type: 'join', room, ...(after !== undefined && { after }) })
  return { ...client, joined: await client.next('joined') }
}

/** Resolves at the next state of the server that `is` right. @param {() => boolean} is */
function until(is) {
  return /** @type {Promise<void>} */ (
    new Promise((resolve) => {
      const look = () => {
        if (!is()) return
        off()
        resolve()
      }
      const off = server.subscribe(look)
      look()
    })
  )
}

/** @param {string} [room] */
const order = (room = 'harbour') => server.stats().rooms[room]?.order.map(({ text }) => text)

/** Resolves when the server has answered HTTP on its port: a frame that came before would have been read by then. */
async function answersHttp() {
  for (let turn = 0; turn < 3; turn++) await fetch(server.url.replace('ws', 'http'))
}

describe('chat', () => {
  it('passes a message to the others of the room, and an acknowledgement to its sender', async () => {
    const [ada, grace, elsewhere] = [
      await joined('Ada'),
      await joined('Grace'),
      await joined('Alan', 'lighthouse'),
    ]
    ada.send({ type: 'chat', id: '1', text: 'Ahoy' })
    const ack = await ada.next('ack')
    expect(ack).toMatchObject({ id: '1' })
    expect(await grace.next('chat')).toEqual({ type: 'chat', id: '1', from: 'Ada', text: 'Ahoy', at: ack.at })

    // Pings are answered in order, so what was sent before the answer would be there by now.
    for (const client of [ada, elsewhere]) {
      client.send({ type: 'ping' })
      await client.next('pong')
      expect(client.heard).toEqual([])
    }
  })

  it('says who is there when somebody comes and goes', async () => {
    const ada = await joined('Ada')
    expect((await ada.next('people')).people).toEqual(['Ada'])
    const grace = await joined('Grace')
    expect((await ada.next('people')).people).toEqual(['Ada', 'Grace'])
    grace.socket.close()
    expect((await ada.next('people')).people).toEqual(['Ada'])
  })

  it('lets somebody change the room', async () => {
    const ada = await joined('Ada')
    ada.send({ type: 'join', room: 'lighthouse' })
    expect(await ada.next('joined')).toMatchObject({ room: 'lighthouse' })
    expect(server.stats().rooms).toMatchObject({ harbour: { people: [] }, lighthouse: { people: ['Ada'] } })
  })

  it('gives a latecomer what was said, and somebody who is back what came meanwhile', async () => {
    const ada = await joined('Ada')
    for (const id of ['1', '2', '3']) ada.send({ type: 'chat', id, text: `message ${id}` })
    await until(() => order()?.length === 3)
    const ids = async (/** @type {string} */ after) =>
      (await joined('Grace', 'harbour', after)).joined.messages.map(({ id }) => id)
    expect((await joined('Grace')).joined.messages.map(({ id }) => id)).toEqual(['1', '2', '3'])
    expect(await ids('1')).toEqual(['2', '3'])
    expect(await ids('3')).toEqual([])
    expect(await ids('of another server')).toEqual(['1', '2', '3'])
  })

  it('answers pings, before the token too', async () => {
    const client = await open(server.url)
    client.send({ type: 'ping' })
    expect(await client.next('pong')).toEqual({ type: 'pong' })
  })

  it.each([
    ['text that is not JSON', 'ahoy'],
    ['JSON that is no message', '{"type":"sing"}'],
    ['a message without text', '{"type":"chat","id":"1","text":""}'],
    ['a message that is too long', JSON.stringify({ type: 'chat', id: '1', text: 'x'.repeat(2_001) })],
    ['binary data', Buffer.from('{"type":"ping"}')],
  ])('answers %s with an error and stays open', async (_, frame) => {
    const ada = await joined('Ada')
    ada.socket.send(frame)
    await ada.next('error')
    ada.send({ type: 'ping' })
    await ada.next('pong')
    expect(order()).toEqual([])
  })

  it('wants a room before a message', async () => {
    const client = await open(server.url)
    client.send({ type: 'auth', token: server.issueToken('Ada').token })
    client.send({ type: 'chat', id: '1', text: 'Ahoy' })
    expect(await client.next('error')).toMatchObject({ reason: 'Join a room first.' })
  })
})

describe('doubles', () => {
  it('keeps a message once that comes again, and acknowledges it again', async () => {
    const [ada, grace] = [await joined('Ada'), await joined('Grace')]
    ada.send({ type: 'chat', id: '1', text: 'once' })
    const first = await ada.next('ack')
    ada.send({ type: 'chat', id: '1', text: 'once' })
    expect(await ada.next('ack')).toEqual(first)
    ada.send({ type: 'chat', id: '2', text: 'twice' })

    expect(await grace.next('chat')).toMatchObject({ id: '1' })
    expect(await grace.next('chat')).toMatchObject({ id: '2' })
    expect(server.stats().rooms.harbour).toMatchObject({ received: 2, doubles: 1 })
    expect(order()).toEqual(['once', 'twice'])
  })

  it('knows a message again that comes over another connection, after a kill too', async () => {
    const before = await joined('Ada')
    before.send({ type: 'chat', id: '1', text: 'once' })
    await before.next('ack')
    await server.kill()
    await server.restart()
    const after = await joined('Ada')
    after.send({ type: 'chat', id: '1', text: 'once' })
    await after.next('ack')
    expect(server.stats().rooms.harbour).toMatchObject({ received: 1, doubles: 1 })
  })
})

describe('tokens', () => {
  /** @param {string} token */
  async function refused(token) {
    const client = await open(server.url)
    client.send({ type: 'auth', token })
    await client.next('refused')
    return (await client.closed).code
  }

  it('refuses a token that is not its own, with 4401', async () => {
    const { token } = server.issueToken('Ada')
    const [claims, signature] = token.split('.')
    const forged = Buffer.from(JSON.stringify({ name: 'Eve', expiresAt: Date.now() + 60_000 })).toString(
      'base64url',
    )
    for (const wrong of ['', '.', 'nonsense', `${claims}.`, `${forged}.${signature}`]) {
      expect(await refused(wrong), wrong).toBe(4401)
    }
  })

  it('refuses a token that has expired', async () => {
    await server.close()
    server = await startChatServer({ tokenLifetime: 0 })
    expect(await refused(server.issueToken('Ada').token)).toBe(4401)
  })

  it('refuses a token of another process', async () => {
    const other = await startChatServer()
    const { token } = other.issueToken('Ada')
    await other.close()
    expect(await refused(token)).toBe(4401)
  })

  it('takes nothing but pings before a token', async () => {
    const client = await open(server.url)
    client.send({ type: 'join', room: 'harbour' })
    await client.next('refused')
    expect((await client.closed).code).toBe(4401)
    expect(server.stats().rooms).toEqual({})
  })
})

describe('faults', () => {
  it('kill ends every connection and stops listening; restart listens on the same port', async () => {
    const clients = [await joined('Ada'), await joined('Grace')]
    await server.kill()
    for (const client of clients) expect((await client.closed).code).toBe(1006)
    expect(server.stats()).toMatchObject({ listening: false, connections: 0 })
    expect(await connectError()).toBe('ECONNREFUSED')

    const { port } = server
    await server.restart()
    expect(server.stats().listening).toBe(true)
    expect(new URL((await joined('Ada')).socket.url).port).toBe(String(port))
  })

  it('kill and restart may come in one breath, and the last one counts', async () => {
    const { kill, restart } = server
    await joined('Ada')
    await Promise.all([kill(), kill(), restart(), restart(), kill()])
    expect(server.stats().listening).toBe(false)
    await Promise.all([restart(), kill(), restart()])
    await joined('Ada')
  })

  it('kill leaves unread what it had not read', async () => {
    const ada = await joined('Ada')
    server.stall()
    ada.send({ type: 'chat', id: '1', text: 'lost' })
    await answersHttp()
    await server.kill()
    await server.restart()
    await joined('Ada')
    expect(order()).toEqual([])
  })

  it('restart says so when somebody else has taken the port, and works once it is free', async () => {
    await server.kill()
    const thief = createServer()
    await listen(thief, server.port)
    await expect(server.restart()).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await new Promise((done) => thief.close(done))
    await server.restart()
    await joined('Ada')
  })

  it('reset resets the connections and goes on listening', async () => {
    const ada = await joined('Ada')
    // ws keeps the TCP error to itself, so the reset is looked at on a bare connection.
    const bare = connect(server.port, '127.0.0.1')
    bare.write(
      `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}\r\n\r\n`,
    )
    await once(bare, 'data')
    const error = once(bare, 'error')
    await server.reset()
    expect(await error).toMatchObject([{ code: 'ECONNRESET' }])
    expect((await ada.closed).code).toBe(1006)
    await joined('Ada')
  })

  it('stall reads nothing, from new connections neither; resume takes all of it in order', async () => {
    const ada = await joined('Ada')
    server.stall()
    const late = await open(server.url)
    late.send({ type: 'ping' })
    for (const id of ['1', '2', '3']) ada.send({ type: 'chat', id, text: id })
    await answersHttp()
    expect([ada.heard.filter(({ type }) => type === 'ack'), late.heard, order()]).toEqual([[], [], []])

    server.resume()
    await late.next('pong')
    for (const id of ['1', '2', '3']) expect(await ada.next('ack')).toMatchObject({ id })
    expect(order()).toEqual(['1', '2', '3'])
  })

  it('stall can be reset and killed', async () => {
    for (const end of [server.reset, server.kill]) {
      const ada = await joined('Ada')
      server.stall()
      ada.send({ type: 'ping' })
      await end()
      expect((await ada.closed).code).toBe(1006)
      await server.restart()
      server.resume()
    }
  })

  it('refuse answers handshakes with 503 and keeps the open connections; accept takes them again', async () => {
    const ada = await joined('Ada')
    server.refuse()
    expect(await refusal(server.url)).toBe(503)
    ada.send({ type: 'ping' })
    await ada.next('pong')
    server.accept()
    await joined('Grace')
  })

  it('restart leaves no other fault behind', async () => {
    server.stall()
    server.refuse()
    await server.kill()
    await server.restart()
    expect(server.stats()).toMatchObject({ listening: true, stalled: false, refusing: false })
    await joined('Ada')
  })

  it('closeAll closes with the code and the reason', async () => {
    const ada = await joined('Ada')
    server.closeAll(4000, 'moving house')
    expect(await ada.closed).toEqual({ code: 4000, reason: 'moving house' })
    expect(server.stats().listening).toBe(true)
  })

  it.each([0, 999, 1005, 1006, 1015, 2999, 5000, 1000.5, Number.NaN])('closeAll does not take %s', (code) => {
    expect(() => server.closeAll(code)).toThrow(RangeError)
  })

  it('closeAll does not take a reason that no frame holds', () => {
    expect(() => server.closeAll(1000, 'ä'.repeat(62))).toThrow(RangeError)
  })

  it('lets nobody make it hold more than a little for a client that does not read', async () => {
    const [ada, deaf] = [await joined('Ada'), await joined('Grace')]
    deaf.socket.pause()
    const gone = until(() => server.stats().rooms.harbour?.people.join() === 'Ada')
    let isGone = false
    gone.then(() => {
      isGone = true
    })
    for (let id = 0; !isGone; id++) {
      ada.send({ type: 'chat', id: String(id), text: 'x'.repeat(2_000) })
      await ada.next('ack')
    }
  })
})

describe('this machine only', () => {
  const origin = (/** @type {string} */ value) => ({ headers: { Origin: value } })

  it('listens on loopback alone', async () => {
    const outside = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4')
    for (const { address } of outside) expect(await connectError(address)).toBe('ECONNREFUSED')
    expect(new URL(server.url).hostname).toBe('127.0.0.1')
  })

  it('takes pages of this machine and programs', async () => {
    for (const page of ['http://127.0.0.1:1234', 'http://localhost:1234', 'http://[::1]:1234']) {
      const client = await open(server.url, origin(page))
      client.socket.close()
    }
  })

  it.each(['https://example.com', 'http://127.0.0.1.example.com', 'http://localhost.evil', 'null'])(
    'refuses a page of %s',
    async (page) => {
      expect(await refusal(server.url, origin(page))).toBe(403)
    },
  )

  it('refuses a name that only points to this machine', async () => {
    expect(await refusal(server.url, { headers: { Host: 'rebound.example.com' } })).toBe(403)
  })

  it('says to a browser that this is no page', async () => {
    expect((await fetch(server.url.replace('ws', 'http'))).status).toBe(426)
  })

  it('takes a free port when its own is taken', async () => {
    const second = await startChatServer({ port: server.port })
    expect(second.port).not.toBe(server.port)
    const socket = new WebSocket(second.url)
    await once(socket, 'open')
    await second.close()
  })
})

/**
 * @param {string} [host]
 * @returns {Promise<string | undefined>} why no TCP connection can be had
 */
function connectError(host = '127.0.0.1') {
  const connection = connect(server.port, host)
  return new Promise((resolve) => {
    connection.on('error', (error) => resolve('code' in error ? String(error.code) : error.message))
    connection.on('connect', () => {
      connection.destroy()
      resolve(undefined)
    })
  })
}
