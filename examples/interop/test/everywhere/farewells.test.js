// How a `ws` server can end a connection: what `close` tells of it in each engine, and what follows.
import { acks, heartbeat, json, offlineQueue } from '@hawser/core'
import { describe, expect, inject, it } from 'vitest'
import { open } from '../support.js'

/** @typedef {import('../../servers/farewells.js').Request} Request */
/** @typedef {import('../../servers/farewells.js').Answer} Answer */
/** @typedef {import('@hawser/core').Codec<Answer, Request>} Language */

/** A guest of one's own, whose visits the server counts. */
const guest = () => `${inject('farewells')}?guest=${crypto.randomUUID()}`

/** @param {string} url @param {import('@hawser/core').SocketOptions<Language>} [options] */
function visit(url, options) {
  const opened = open(url, { codec: /** @type {Language} */ (json()), ...options })
  const { socket, messages } = opened
  /** @type {(request: Request) => void} */
  let tell = () => {}
  socket.use({
    name: 'farewells',
    handshake({ send }) {
      tell = send
    },
  })
  return {
    ...opened,
    /** Past the queue, so that it is said once and to this connection. @param {Request} request */
    tell: (request) => tell(request),
    /** Resolves when the server has welcomed it so often. @param {number} times */
    async welcomed(times) {
      while (!messages.some((answer) => answer.type === 'welcome' && answer.visit === times)) {
        await socket.once('message')
      }
    },
  }
}

const soon = { retryDelay: () => 0 }

describe('a server that closes', () => {
  it('B17 with 1000 has done its part: the socket is closed and does not come back', async () => {
    const url = guest()
    const { socket, tell, welcomed, reached, closes } = visit(url, soon)
    await welcomed(1)
    tell({ type: 'leave', code: 1000, reason: 'goodbye' })
    await reached('closed')
    const close = { code: 1000, reason: 'goodbye', wasClean: true, origin: 'server' }
    expect(closes).toEqual([expect.objectContaining(close)])
    expect(socket.state.get()).toMatchObject({ status: 'closed', cause: close })

    // Two visits of somebody else under this name take far longer than a retry that waits for nothing.
    const other = visit(url)
    await other.welcomed(2)
    other.socket.reconnect()
    await other.welcomed(3)
    expect(socket.state.get().status).toBe('closed')
  })

  it.each([
    [1001, 'deploy'],
    [1011, 'out of order'],
  ])('B17 with %i is expected back: the socket retries', async (code, reason) => {
    const { tell, welcomed, closes, opens } = visit(guest())
    await welcomed(1)
    tell({ type: 'leave', code, reason })
    await welcomed(2)
    expect(closes).toEqual([expect.objectContaining({ code, reason, wasClean: true, origin: 'server' })])
    expect(opens()).toBe(2)
  })

  it('B17 shows that it retries, when, and why', async () => {
    const { socket, tell, welcomed, reached } = visit(guest(), { retryDelay: () => 60_000 })
    await welcomed(1)
    tell({ type: 'leave', code: 1011 })
    await reached('waiting')
    expect(socket.state.get()).toMatchObject({ attempt: 1, cause: { code: 1011, reason: '' } })
  })
})

describe('a message that is too large', () => {
  const large = 'x'.repeat(2_000)

  it('B84 with acks is dropped, and all others arrive', async () => {
    const noteId = (/** @type {any} */ answer) => (answer.type === 'ack' ? answer.id : undefined)
    const queue = offlineQueue({ confirm: acks({ id: 'id', isAck: noteId }) })
    const { socket, welcomed, closes, errors } = visit(guest(), { queue })
    const [before, culprit, after] = ['before', large, 'after'].map((text) =>
      socket.send({ type: 'note', text }),
    )
    await expect(culprit?.confirmed).rejects.toMatchObject({ code: 'TOO_LARGE' })
    await Promise.all([before?.confirmed, after?.confirmed])
    await welcomed(closes.length + 1)
    // What is still on its way to a server that goes may reset the connection, and the frame with 1009 is lost with it:
    // then the next one says so.
    const last = closes.findIndex(({ code }) => code === 1009)
    expect(closes[last]).toMatchObject({ code: 1009, origin: 'server' })
    expect(closes.slice(0, last).every(({ code }) => code === 1006)).toBe(true)
    expect(closes).toHaveLength(last + 1)
    expect(socket.queue.get()).toMatchObject({ messages: 0, unconfirmed: 0, dropped: 1 })
    expect(errors).toEqual([])
  })

  it('B84 without confirmation is told as an error, since nobody knows which it was', async () => {
    const { socket, welcomed, closes, errors, messages } = visit(guest())
    await welcomed(1)
    socket.send({ type: 'note', text: large })
    await welcomed(2)
    expect(closes).toEqual([expect.objectContaining({ code: 1009, origin: 'server' })])
    expect(errors.map(({ code }) => code)).toEqual(['TOO_LARGE'])
    socket.send({ type: 'note', id: '1', text: 'small' })
    while (!messages.some(({ type }) => type === 'ack')) await socket.once('message')
    expect(messages).toContainEqual({ type: 'ack', id: '1', text: 'small' })
  })
})

describe('a peer that vanishes', () => {
  it('without a close frame leaves 1006, not clean, and the socket retries', async () => {
    const { tell, welcomed, closes } = visit(guest())
    await welcomed(1)
    tell({ type: 'vanish' })
    await welcomed(2)
    expect(closes).toEqual([
      expect.objectContaining({ code: 1006, reason: '', wasClean: false, origin: 'network' }),
    ])
  })

  it('B67 without a sign is found by the heartbeat, and the socket retries', async () => {
    const { socket, tell, welcomed, closes, messages } = visit(guest(), {
      heartbeat: heartbeat({ interval: 500, timeout: 1_000 }),
    })
    await welcomed(1)
    tell({ type: 'silence' })
    await welcomed(2)
    expect(closes).toEqual([expect.objectContaining({ code: 1006, wasClean: false, origin: 'heartbeat' })])
    socket.send({ type: 'note', id: '1', text: 'Is anybody there?' })
    while (!messages.some(({ type }) => type === 'ack')) await socket.once('message')
  })
})
