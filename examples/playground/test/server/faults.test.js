// Each fault made and mended on real connections: what the clients meet, and what the server counts.
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { dial, enter, notes, open } from './client.js'
import { harbourForEach } from './harbour.js'

const harbour = harbourForEach()

/** @param {string} client */
const member = async (client) => enter(harbour.socketUrl(), await harbour.token(client))

const port = () => Number(new URL(harbour.socketUrl()).port)

/** A WebSocket connection without ws, which keeps TCP errors to itself. */
async function bare() {
  const socket = connect(port(), '127.0.0.1')
  socket.write(
    'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}\r\n\r\n`,
  )
  await once(socket, 'data')
  return socket
}

/** Sends a ping and gives the milliseconds until the pong. @param {Awaited<ReturnType<typeof member>>} client */
async function roundTrip(client) {
  const since = performance.now()
  client.send({ type: 'ping' })
  await client.next('pong')
  return performance.now() - since
}

describe('kill and restart', () => {
  it('end every connection with a reset and refuse new ones, until the server is back on its port', async () => {
    const [ada, grace, reset] = [await member('ada'), await member('grace'), once(await bare(), 'error')]
    const { connections, faults } = await harbour.make('kill')
    expect([connections, faults.killed]).toEqual([0, true])
    expect(await reset).toMatchObject([{ code: 'ECONNRESET' }])
    for (const client of [ada, grace]) expect((await client.closed).code).toBe(1006)
    await harbour.until(({ clients }) => clients.ada?.open === 0 && clients.grace?.open === 0)

    const [error] = await once(connect(port(), '127.0.0.1'), 'error')
    expect(error.code).toBe('ECONNREFUSED')

    expect((await harbour.make('restart')).faults.killed).toBe(false)
    await member('ada')
    expect(harbour.stats()).toMatchObject({ connections: 1, clients: { ada: { open: 1, connections: 2 } } })
  })

  it('leave the counts and the tokens as they were', async () => {
    const token = await harbour.token('ada')
    const before = await enter(harbour.socketUrl(), token)
    before.send(...notes('ada', 1))
    await before.next('note')
    await harbour.make('kill')
    await harbour.make('restart')
    const after = await enter(harbour.socketUrl(), token)
    after.send(...notes('ada', 1, 2))
    await harbour.until(({ clients: { ada } }) => ada?.arrived === 2 && ada.doubled === 1)
  })

  it('lose what had not been read', async () => {
    const ada = await member('ada')
    await harbour.make('stall')
    ada.send(...notes('ada', 1))
    await harbour.settle()
    await harbour.make('kill')
    await harbour.make('restart')
    await harbour.make('heal')
    await member('ada')
    expect(harbour.stats().clients.ada).toMatchObject({ arrived: 0, connections: 2 })
  })

  it('may come in one breath, and the last one counts', async () => {
    await member('ada')
    await Promise.all(['kill', 'kill', 'restart', 'restart', 'kill'].map((control) => harbour.make(control)))
    expect(harbour.stats().faults.killed).toBe(true)
    await Promise.all(['restart', 'kill', 'restart'].map((control) => harbour.make(control)))
    expect(harbour.stats().faults.killed).toBe(false)
    await member('ada')
  })
})

describe('close', () => {
  it('closes every connection with 1012, or with what is asked for, and takes new ones', async () => {
    const first = [await member('ada'), await member('grace')]
    await harbour.make('close')
    for (const client of first) expect(await client.closed).toEqual({ code: 1012, reason: '' })
    await harbour.until(({ connections }) => connections === 0)

    const second = await member('ada')
    await harbour.make('close?code=4321&reason=bye')
    expect(await second.closed).toEqual({ code: 4321, reason: 'bye' })
  })

  it('reads nothing that comes after it', async () => {
    const ada = await member('ada')
    await harbour.make('slow?latency=100')
    await harbour.make('close')
    ada.send(...notes('ada', 1))
    await ada.closed
    const { clients } = await harbour.until(({ clients }) => clients.ada?.open === 0)
    expect(clients.ada).toMatchObject({ arrived: 0 })
  })
})

describe('reset', () => {
  it('resets every connection, and takes new ones', async () => {
    const [ada, reset] = [await member('ada'), once(await bare(), 'error')]
    expect((await harbour.make('reset')).connections).toBe(0)
    expect(await reset).toMatchObject([{ code: 'ECONNRESET' }])
    expect((await ada.closed).code).toBe(1006)
    await harbour.until(({ clients }) => clients.ada?.open === 0)
    await member('ada')
    expect(harbour.stats().clients.ada).toMatchObject({ open: 1, connections: 2 })
  })

  it('drops what a stall held', async () => {
    const ada = await member('ada')
    await harbour.make('stall')
    ada.send(...notes('ada', 1))
    await harbour.settle()
    await harbour.make('reset')
    await harbour.make('heal')
    const { clients } = await harbour.until(({ clients }) => clients.ada?.open === 0)
    expect(clients.ada).toMatchObject({ arrived: 0 })
  })
})

describe('stall and heal', () => {
  it('hold everything in both directions and end nothing, and then pass it on in order', async () => {
    const [ada, grace] = [await member('ada'), await member('grace')]
    await harbour.make('stall')
    ada.send(...notes('ada', 1, 2, 3), { type: 'ping' })
    await harbour.settle()
    expect(harbour.stats()).toMatchObject({ connections: 2, clients: { ada: { arrived: 0, open: 1 } } })
    expect(ada.socket.readyState).toBe(WebSocket.OPEN)

    await harbour.make('heal')
    for (const n of [1, 2, 3]) expect(await grace.next('note')).toMatchObject({ n })
    await ada.next('pong')
    expect(harbour.stats().clients.ada).toMatchObject({ arrived: 3, reordered: 0, connections: 1 })
  })

  it('hold what the server says as well', async () => {
    const ada = await member('ada')
    await harbour.make('stall')
    await harbour.make('close')
    await harbour.settle()
    expect(ada.socket.readyState).toBe(WebSocket.OPEN)
    await harbour.make('heal')
    expect((await ada.closed).code).toBe(1012)
  })

  it('let new connections hang, until they open', async () => {
    const token = await harbour.token('ada')
    await harbour.make('stall')
    const ada = dial(harbour.socketUrl())
    const opened = once(ada.socket, 'open')
    await harbour.until(({ connections }) => connections === 1)
    await harbour.settle()
    expect(ada.socket.readyState).toBe(WebSocket.CONNECTING)

    await harbour.make('heal')
    await opened
    ada.send({ type: 'auth', ...token })
    await ada.next('welcome')
  })

  it('keep the end of a connection from the server, which then gets all that was sent before it', async () => {
    const ada = await member('ada')
    await harbour.make('stall')
    ada.send(...notes('ada', 1, 2))
    ada.socket.terminate()
    await ada.closed
    await harbour.settle()
    expect(harbour.stats().clients.ada).toMatchObject({ arrived: 0, open: 1 })

    await harbour.make('heal')
    const { clients } = await harbour.until(({ connections }) => connections === 0)
    expect(clients.ada).toMatchObject({ arrived: 2, open: 0 })
  })

  it('do so for a connection that its client has reset, too', async () => {
    const ada = dial(harbour.socketUrl())
    const [response] = await once(ada.socket, 'upgrade')
    ada.send({ type: 'auth', ...(await harbour.token('ada')) })
    await ada.next('welcome')
    await harbour.make('stall')
    ada.send(...notes('ada', 1, 2))
    await harbour.settle()
    response.socket.resetAndDestroy()
    await harbour.until(({ connections }) => connections === 0)
    expect(harbour.stats().clients.ada).toMatchObject({ arrived: 0, open: 1 })

    await harbour.make('heal')
    await harbour.until(({ clients: { ada } }) => ada?.open === 0)
    expect(harbour.stats().clients.ada).toMatchObject({ arrived: 2 })
  })
})

describe('slow', () => {
  it('paces the way to the server by its rate', async () => {
    const ada = await member('ada')
    const numbers = Array.from({ length: 100 }, (_, i) => i + 1)
    // A frame of a client this short has 6 bytes more than its payload (RFC 6455, section 5.2).
    const bytes = numbers.reduce((sum, n) => sum + 6 + JSON.stringify(notes('ada', n)[0]).length, 0)
    const rate = 10_000
    await harbour.make(`slow?rate=${rate}`)
    const since = performance.now()
    ada.send(...notes('ada', ...numbers))
    await harbour.until(({ clients: { ada } }) => ada?.arrived === numbers.length)
    const took = performance.now() - since
    expect(took).toBeGreaterThan((bytes / rate) * 1_000 * 0.9)
    expect(took).toBeLessThan((bytes / rate) * 1_000 * 10)
    expect(harbour.stats().clients.ada).toMatchObject({ doubled: 0, reordered: 0 })
  })

  it('paces the way back by its rate, on each connection by itself', async () => {
    const [ada, grace] = [await member('ada'), await member('grace')]
    const rate = 2_000
    await harbour.make(`slow?rate=${rate}`)
    const since = performance.now()
    ada.send(...notes('ada', ...Array.from({ length: 20 }, (_, i) => i + 1)))
    const bytes = 20 * (2 + JSON.stringify(notes('ada', 1)[0]).length)
    await Promise.all(
      [ada, grace].map(async (client) => {
        for (let n = 1; n <= 20; n++) expect(await client.next('note')).toMatchObject({ n })
      }),
    )
    const took = performance.now() - since
    expect(took).toBeGreaterThan((bytes / rate) * 1_000 * 0.9)
    expect(took).toBeLessThan((bytes / rate) * 1_000 * 10)
  })

  it('delays each chunk by its latency, and not one after the other', async () => {
    const ada = await member('ada')
    await harbour.make('slow?latency=500')
    const since = performance.now()
    for (let ping = 0; ping < 20; ping++) {
      ada.send({ type: 'ping' })
      // So that each one is a chunk of its own.
      await harbour.ask('/config')
    }
    for (let pong = 0; pong < 20; pong++) await ada.next('pong')
    const took = performance.now() - since
    expect(took).toBeGreaterThan(990)
    expect(took).toBeLessThan(20 * 500)
  })

  it('is over at once when it is mended, also for what is under way', async () => {
    const ada = await member('ada')
    await harbour.make('slow?latency=60000&rate=1')
    const pong = roundTrip(ada)
    await harbour.settle()
    await harbour.make('slow')
    expect(await pong).toBeLessThan(30_000)
  })
})

describe('tokens', () => {
  it('are all refused until they are accepted again, while accepted connections live on', async () => {
    const [ada, token] = [await member('ada'), await harbour.token('grace')]
    await harbour.make('refuse')
    for (const given of [token, await harbour.token('grace')]) {
      const grace = await open(harbour.socketUrl())
      grace.send({ type: 'auth', ...given })
      await grace.next('refused')
      expect((await grace.closed).code).toBe(4401)
    }
    expect(await roundTrip(ada)).toBeGreaterThan(0)
    expect(harbour.stats().clients).toEqual({ ada: expect.objectContaining({ open: 1 }) })

    await harbour.make('accept')
    await enter(harbour.socketUrl(), token)
  })

  it('expire with the connections that were made with them, and fresh ones are valid', async () => {
    const token = await harbour.token('ada')
    const [ada, stranger] = [await enter(harbour.socketUrl(), token), await open(harbour.socketUrl())]
    await harbour.make('expire')
    expect(await ada.closed).toEqual({ code: 4401, reason: 'unauthorized' })
    await harbour.until(({ clients }) => clients.ada?.open === 0)
    expect(await roundTrip(stranger)).toBeGreaterThan(0)

    stranger.send({ type: 'auth', ...token })
    expect((await stranger.closed).code).toBe(4401)
    await member('ada')
    expect(harbour.stats().clients.ada).toMatchObject({ open: 1, connections: 2 })
  })

  it('expire only once', async () => {
    await harbour.make('expire')
    const ada = await member('ada')
    expect(await roundTrip(ada)).toBeGreaterThan(0)
  })
})
