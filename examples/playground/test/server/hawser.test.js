// A Hawser client in Node through each fault: what it sent while something was broken arrives once and in order.
import { createSocket, heartbeat, json, tokenAuth } from '@hawser/core'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { harbourForEach } from './harbour.js'

/** @typedef {import('../../protocol').ServerMessage} ServerMessage */

const harbour = harbourForEach()

/** @type {ReturnType<typeof ship>} */
let hawser

beforeEach(async () => {
  hawser = ship('hawser')
  hawser.socket.connect()
  await hawser.socket.opened()
})

afterEach(async () => {
  hawser.socket.queue.clear()
  await hawser.socket.close()
})

/** @param {string} client */
function ship(client) {
  /** @type {string[]} */
  const reasons = []
  /** @type {string[]} */
  const origins = []
  /** @param {ServerMessage['type']} type */
  const is = (type) => (/** @type {unknown} */ message) =>
    /** @type {ServerMessage} */ (message).type === type
  const socket = createSocket(harbour.socketUrl(), {
    auth: tokenAuth({
      getToken: ({ reason }) => {
        reasons.push(reason)
        return harbour.token(client)
      },
      attach: 'message',
      isAccepted: is('welcome'),
      isRejected: is('refused'),
    }),
    codec: json(),
    // A busy machine is not to be taken for a silent server.
    heartbeat: heartbeat({ interval: 100, timeout: 2_000 }),
    retryDelay: () => 20,
    closeTimeout: 500,
    environment: { WebSocket },
  })
  socket.on('close', ({ origin }) => origins.push(origin))
  let n = 0
  return {
    socket,
    /** Why each token was asked for. */
    reasons,
    /** Who ended each connection and attempt. */
    origins,
    /** Sends so many notes. @param {number} count */
    send(count) {
      for (let sent = 0; sent < count; sent++) socket.send({ type: 'note', client, n: ++n })
    },
    /** Resolves when the socket is in this state. @param {string} status */
    async reached(status) {
      while (socket.state.get().status !== status) await socket.once('state')
    },
  }
}

/** Resolves when the server has got so many notes of the client. @param {number} count */
async function arrived(count) {
  const { clients } = await harbour.until(({ clients: { hawser } }) => hawser?.arrived === count)
  expect(clients.hawser).toMatchObject({ highest: count, doubled: 0, reordered: 0, open: 1 })
  return clients.hawser
}

it('survives a kill and a restart', async () => {
  hawser.send(5)
  await arrived(5)
  const closed = hawser.socket.once('close')
  await harbour.make('kill')
  await closed
  hawser.send(5)
  expect(hawser.socket.queue.get().messages).toBe(5)
  await harbour.make('restart')
  expect(await arrived(10)).toMatchObject({ connections: 2 })
  // What the refused attempts met in between is the network, too.
  expect(new Set(hawser.origins)).toEqual(new Set(['network']))
})

it('survives a reset', async () => {
  const closed = hawser.socket.once('close')
  await harbour.make('reset')
  await closed
  hawser.send(5)
  expect(await arrived(5)).toMatchObject({ connections: 2 })
  expect(hawser.origins).toEqual(['network'])
})

it('finds out about a stall by its heartbeat, and goes on when it is healed', async () => {
  const closed = hawser.socket.once('close')
  await harbour.make('stall')
  await closed
  expect(hawser.origins).toEqual(['heartbeat'])
  hawser.send(5)
  await harbour.make('heal')
  expect(await arrived(5)).toMatchObject({ connections: 2 })
})

it('asks for a fresh token when all have expired', async () => {
  const closed = hawser.socket.once('close')
  await harbour.make('expire')
  await closed
  hawser.send(5)
  expect(await arrived(5)).toMatchObject({ connections: 2 })
  expect(hawser.reasons).toEqual(['connect', 'rejected'])
})

it('is unauthorized where the fresh token is refused, and comes back when it is told to', async () => {
  await harbour.make('refuse')
  await harbour.make('expire')
  await hawser.reached('unauthorized')
  expect(hawser.reasons).toEqual(['connect', 'rejected'])
  hawser.send(5)
  await harbour.make('accept')
  hawser.socket.connect()
  expect(await arrived(5)).toMatchObject({ connections: 2 })
})

it('survives one after the other, with one connection for each', async () => {
  let sent = 0
  for (const [fault, remedy] of [['kill', 'restart'], ['reset'], ['stall', 'heal'], ['expire'], ['close']]) {
    const closed = hawser.socket.once('close')
    await harbour.make(/** @type {string} */ (fault))
    await closed
    hawser.send(3)
    sent += 3
    if (remedy) await harbour.make(remedy)
    await arrived(sent)
  }
  const { connections, clients } = harbour.stats()
  expect([connections, clients.hawser?.open, clients.hawser?.connections]).toEqual([1, 1, 6])
})
