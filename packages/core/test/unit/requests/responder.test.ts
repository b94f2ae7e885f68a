// The other way round: what the server asks, and what handlers make of it.
import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { rotation } from '../../../src'
import { macrotask, record, tape } from '../socket/support'
import { thrown } from '../support'
import { openRequests } from './support'

describe('a handler', () => {
  it('answers the server’s request with what it gives, or resolves with', async () => {
    const { handle, says, sent } = await openRequests()
    handle('add', ({ a, b }) => a + b)
    handle('later', async (data) => [data])
    await says({ id: 7, type: 'add', payload: { a: 1, b: 2 } }, { id: 'x', type: 'later', payload: 1 })
    expect(sent()).toEqual([
      { id: 7, type: 'reply', payload: 3 },
      { id: 'x', type: 'reply', payload: [1] },
    ])
  })

  it('hears notifications, and answers none', async () => {
    const { handle, socket, says, sent } = await openRequests()
    const messages = tape(socket, 'message')
    const heard: unknown[] = []
    const off = handle('news', (data) => heard.push(data))
    await says({ type: 'news', payload: 1 })
    off()
    await says({ type: 'news', payload: 2 })
    expect([heard, messages, sent()]).toEqual([[1], [{ type: 'news', payload: 2 }], []])
  })

  it('is missing: the message is the app’s', async () => {
    const { handle, socket, says, sent } = await openRequests()
    const told = record(socket, ['message', 'error'])
    handle('known', () => 1)()
    await says({ id: 1, type: 'known' })
    expect([sent(), told]).toEqual([[], [['message', { id: 1, type: 'known' }]]])
  })

  it('stands alone for its name, until it is removed', async () => {
    const { handle, says, sent } = await openRequests()
    const answer = () => 1
    const off = handle('a', answer)
    expect(() => handle('a', answer)).toThrow(thrown('INVALID_OPTION'))
    expect(() => handle('b', 1 as never)).toThrow(thrown('INVALID_OPTION'))
    off()
    handle('a', answer)
    off()
    await says({ id: 1, type: 'a' })
    expect(sent()).toEqual([{ id: 1, type: 'reply', payload: 1 }])
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('the password is 1234')
      },
    ],
    ['rejects', async () => Promise.reject(new Error('the password is 1234'))],
    ['gives what cannot be encoded', () => 1n],
  ])('that %s tells the server nothing of it, and the app all', async (_, handler) => {
    const { handle, socket, says, sent } = await openRequests()
    const errors = tape(socket, 'error')
    handle('bad', handler)
    handle('good', () => 'fine')
    await says({ id: 1, type: 'bad' }, { id: 2, type: 'good' })
    expect(sent()).toContainEqual({
      id: 1,
      type: 'error',
      payload: { code: 'failed' },
    })
    expect(sent()).toContainEqual({ id: 2, type: 'reply', payload: 'fine' })
    expect(JSON.stringify(sent())).not.toContain('1234')
    expect(errors.map(({ code }) => code)).toEqual(['LISTENER'])
    expect(errors[0]?.cause).toBeInstanceOf(Error)
  })

  it('removed with its responder is called no more, and the message is the app’s', async () => {
    const { handle, responder, socket, says, sent } = await openRequests()
    const messages = tape(socket, 'message')
    handle('a', () => 1)
    responder().dispose()
    await says({ id: 1, type: 'a' })
    expect([messages, sent()]).toEqual([[{ id: 1, type: 'a' }], []])
  })

  it('that disposes of its responder answers nothing', async () => {
    const { handle, responder, says, sent } = await openRequests()
    handle('last', () => responder().dispose())
    await says({ id: 1, type: 'last' })
    expect(sent()).toEqual([])
  })

  it('leaves nothing on a connection that goes on', async () => {
    const { handle, socket, says } = await openRequests()
    const signals: AbortSignal[] = []
    socket.use({ name: 'test', handshake: ({ signal }) => void signals.push(signal) })
    handle('a', () => 1)
    for (let id = 0; id < 10; id++) await says({ id, type: 'a' })
    expect(signals.map((signal) => getEventListeners(signal, 'abort').length)).toEqual([0])
  })

  it('that never answers harms nothing', async () => {
    const { handle, says, sent } = await openRequests()
    handle('hangs', () => new Promise(() => {}))
    handle('works', () => 1)
    await says({ id: 1, type: 'hangs' }, { id: 2, type: 'works' })
    expect(sent()).toEqual([{ id: 2, type: 'reply', payload: 1 }])
  })
})

describe('the signal of a handler', () => {
  /** A handler that goes on until it is told. */
  async function busy(given = {}) {
    const t = await openRequests(given)
    const calls: {
      readonly id: unknown
      readonly signal: AbortSignal
      readonly answer: (value: unknown) => void
    }[] = []
    t.handle('work', (id, { signal }) => new Promise((answer) => calls.push({ id, signal, answer })))
    return { ...t, calls, aborted: () => calls.map(({ signal }) => signal.aborted) }
  }

  it('is aborted when the server takes its request back, and nothing is answered', async () => {
    const { says, sent, calls, aborted } = await busy()
    await says({ id: 1, type: 'work' }, { id: 2, type: 'work' }, { id: 1, type: 'cancel' })
    expect(aborted()).toEqual([true, false])
    for (const { answer } of calls) answer('done')
    await macrotask()
    expect(sent()).toEqual([{ id: 2, type: 'reply', payload: 'done' }])
  })

  it('is aborted when the connection is over, and the next one hears nothing of it', async () => {
    const { says, sentTo, die, clock, calls, aborted } = await busy()
    await says({ id: 1, type: 'work' })
    await die()
    expect(aborted()).toEqual([true])
    await clock.advance(100)
    calls[0]?.answer('done')
    await macrotask()
    expect(sentTo()).toEqual([[], []])
  })

  it('is aborted by dispose()', async () => {
    const { responder, says, sent, calls, aborted } = await busy()
    await says({ id: 1, type: 'work' })
    responder().dispose()
    calls[0]?.answer('done')
    await macrotask()
    expect([aborted(), sent()]).toEqual([[true], []])
  })

  it('that was heeded by throwing is no error', async () => {
    const { handle, socket, says, sent } = await openRequests()
    const errors = tape(socket, 'error')
    handle(
      'work',
      (_, { signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    )
    await says({ id: 1, type: 'work' }, { id: 1, type: 'cancel' })
    await macrotask()
    expect([errors, sent()]).toEqual([[], []])
  })

  it('in a rotation: each is answered on the connection that it came on', async () => {
    const t = await busy({ rotation: rotation({ linger: 1_000 }) })
    const [first] = t.server.connections
    await t.saysOn(first, { id: 1, type: 'work', payload: 'first' })
    await t.saysOn(first, { id: 1, type: 'work', payload: 'also first' })
    t.socket.rotate()
    await t.settle()
    await t.saysOn(t.server.connections[1], { id: 1, type: 'work', payload: 'second' })
    t.calls[0]?.answer('a')
    t.calls[2]?.answer('b')
    await macrotask()
    expect(t.sentTo()).toEqual([
      [{ id: 1, type: 'reply', payload: 'a' }],
      [{ id: 1, type: 'reply', payload: 'b' }],
    ])
    await t.clock.advance(1_000)
    expect(t.aborted()).toEqual([false, true, false])
  })
})
