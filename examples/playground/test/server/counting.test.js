// What the server takes, counts and passes on, as clients of plain ws meet it through the proxy.
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { dial, enter, notes, open } from './client.js'
import { harbourForEach } from './harbour.js'

const harbour = harbourForEach()

/** @param {string} [client] */
const member = async (client) => enter(harbour.socketUrl(), await harbour.token(client))

describe('notes', () => {
  it('go to everybody, also to who sent them, doubles as they come', async () => {
    const [ada, grace] = [await member('ada'), await member('grace')]
    ada.send(...notes('ada', 1, 2, 2))
    for (const client of [ada, grace]) {
      for (const n of [1, 2, 2]) expect(await client.next('note')).toEqual({ type: 'note', client: 'ada', n })
    }
  })

  it('do not go to who has not shown a token', async () => {
    const [ada, stranger] = [await member('ada'), await open(harbour.socketUrl())]
    ada.send(...notes('ada', 1))
    await ada.next('note')
    stranger.send({ type: 'ping' })
    await stranger.next('pong')
    expect(stranger.heard).toEqual([])
  })

  it('are counted by client: arrived, doubled, reordered, highest', async () => {
    const [ada, grace] = [await member('ada'), await member('grace')]
    ada.send(...notes('ada', 1, 2, 5, 4, 4, 5))
    grace.send(...notes('grace', 1))
    const { clients } = await harbour.until(
      ({ clients: { ada, grace } }) => ada?.doubled === 2 && grace?.arrived === 1,
    )
    expect(clients).toEqual({
      ada: { arrived: 4, doubled: 2, reordered: 1, highest: 5, open: 1, connections: 1 },
      grace: { arrived: 1, doubled: 0, reordered: 0, highest: 1, open: 1, connections: 1 },
    })
    expect(harbour.stats().clients).toEqual(clients)
  })

  it('are known again when they come over another connection', async () => {
    const before = await member('ada')
    before.send(...notes('ada', 1, 2))
    await before.next('note')
    await before.next('note')
    before.socket.close()
    await before.closed
    const after = await member('ada')
    after.send(...notes('ada', 2, 3))
    const { clients } = await harbour.until(({ clients: { ada } }) => ada?.highest === 3 && ada.open === 1)
    expect(clients.ada).toEqual({
      arrived: 3,
      doubled: 1,
      reordered: 0,
      highest: 3,
      open: 1,
      connections: 2,
    })
  })

  it('of very many clients leave those of the newest hundred, and of all that are connected', async () => {
    const [ada, crowd] = [await member('ada'), await member()]
    const names = Array.from({ length: 120 }, (_, i) => `crowd-${i}`)
    crowd.send(...names.flatMap((name) => notes(name, 1)))
    await harbour.until(({ clients }) => clients['crowd-119']?.arrived === 1)
    expect(Object.keys(harbour.stats().clients)).toEqual(['ada', ...names])

    crowd.socket.close()
    await harbour.until(({ clients }) => clients['crowd-119']?.open === 0)
    ada.send(...names.slice(0, 50).flatMap((name) => notes(`later-${name}`, 1)))
    const { clients } = await harbour.until(({ clients }) => clients['later-crowd-49'] !== undefined)
    expect(Object.keys(clients)).toEqual(
      expect.arrayContaining(['ada', 'crowd-119', 'later-crowd-0', 'later-crowd-49']),
    )
    expect(clients['crowd-0']).toBeUndefined()
  })
})

describe('connections', () => {
  it('are counted by the token, also where no note is sent', async () => {
    const first = await member('ada')
    await member('ada')
    expect(harbour.stats()).toMatchObject({ connections: 2, clients: { ada: { open: 2, connections: 2 } } })
    first.socket.close()
    expect(
      await harbour.until(({ connections, clients }) => connections === 1 && clients.ada?.open === 1),
    ).toMatchObject({ clients: { ada: { connections: 2, arrived: 0 } } })
  })

  it('are counted by the first note where the token names nobody', async () => {
    const client = await member()
    expect(harbour.stats()).toMatchObject({ connections: 1, clients: {} })
    client.send(...notes('ada', 1, 2))
    await harbour.until(({ clients: { ada } }) => ada?.arrived === 2)
    expect(harbour.stats().clients.ada).toMatchObject({ open: 1, connections: 1 })
  })
})

describe('frames', () => {
  it('answers a ping, before the token too', async () => {
    const client = await open(harbour.socketUrl())
    client.send({ type: 'ping' })
    expect(await client.next('pong')).toEqual({ type: 'pong' })
  })

  it.each([
    ['text that is not JSON', 'ahoy'],
    ['JSON that is no object', 'null'],
    ['an unknown type', '{"type":"sing"}'],
    ['a note without a number', '{"type":"note","client":"ada"}'],
    ['a note that counts from 0', '{"type":"note","client":"ada","n":0}'],
    ['a note with a part of a number', '{"type":"note","client":"ada","n":1.5}'],
    ['a note of nobody', '{"type":"note","client":"","n":1}'],
    ['a note with a name too long', `{"type":"note","client":"${'x'.repeat(65)}","n":1}`],
    ['a token that is no text', '{"type":"auth","token":1}'],
    ['binary data', Buffer.from('{"type":"ping"}')],
  ])('closes with 1003 for %s', async (_, frame) => {
    const client = await member()
    client.socket.send(frame)
    expect(await client.closed).toMatchObject({ code: 1003 })
    expect(harbour.stats().clients).toEqual({})
  })

  it.each(['ada', '__proto__', 'constructor'])(
    'passes on only what belongs to a note, of %s too',
    async (name) => {
      const client = await member()
      client.socket.send(JSON.stringify({ type: 'note', client: name, n: 1, more: 'x' }))
      expect(await client.next('note')).toEqual({ type: 'note', client: name, n: 1 })
      expect(Object.entries(harbour.stats().clients)).toEqual([
        [name, expect.objectContaining({ arrived: 1 })],
      ])
    },
  )
})

describe('tokens', () => {
  it.each(['', '.', 'nonsense'])('refuses "%s", with 4401', async (token) => {
    const client = await open(harbour.socketUrl())
    client.send({ type: 'auth', token })
    await client.next('refused')
    expect((await client.closed).code).toBe(4401)
  })

  it('refuses a note that comes before a token, and does not count it', async () => {
    const client = await open(harbour.socketUrl())
    client.send(...notes('ada', 1))
    await client.next('refused')
    expect((await client.closed).code).toBe(4401)
    expect(harbour.stats().clients).toEqual({})
  })

  it('says until when they are valid', async () => {
    expect((await harbour.token()).expiresAt).toBeGreaterThan(Date.now())
  })

  it('gives none for a name that is too long', async () => {
    const answer = await harbour.ask(`/token?client=${'x'.repeat(65)}`, { method: 'POST' })
    expect(answer).toMatchObject({ status: 400, body: expect.stringContaining('64') })
  })

  it('gives none to a GET, which any page can make a browser do', async () => {
    expect((await harbour.ask('/token')).status).toBe(404)
  })
})

it.each(['https://example.com', 'null'])('takes no handshake of a page of %s', async (origin) => {
  const { socket } = dial(harbour.socketUrl(), { origin })
  const [, response] = await new Promise((resolve) =>
    socket.on('unexpected-response', (...answer) => resolve(answer)),
  )
  expect(response.statusCode).toBe(403)
  socket.terminate()
})

it('takes the handshake of a page of this machine', async () => {
  const { socket } = await open(harbour.socketUrl(), { origin: 'http://localhost:5173' })
  expect(socket.readyState).toBe(WebSocket.OPEN)
})
