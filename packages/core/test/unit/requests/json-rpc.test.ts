// JSON-RPC 2.0 as its specification has it: objects, notifications, errors, and batches both ways.
import { describe, expect, it } from 'vitest'
import { acks, offlineQueue, rotation } from '../../../src'
import { type JsonRpcOptions, jsonRpc, type Protocol } from '../../../src/requests'
import { macrotask, outcome, record, tape } from '../socket/support'
import { thrown } from '../support'
import { openRequests } from './support'

const openRpc = (options: JsonRpcOptions = {}) => openRequests({ requests: { protocol: jsonRpc(options) } })
const rpc = (rest: object) => ({ jsonrpc: '2.0', ...rest })

describe('jsonRpc', () => {
  it('asks and is answered (sections 4 and 5)', async () => {
    const { requests, sent, says } = await openRpc()
    const difference = requests.request({ method: 'subtract', params: [42, 23] })
    const [{ id, ...rest }] = sent()
    expect(rest).toEqual(rpc({ method: 'subtract', params: [42, 23] }))
    await says(rpc({ id, result: 19 }))
    expect(await difference).toBe(19)
    void requests.request({ method: 'ping' })
    expect(sent()[1]).toEqual(rpc({ id: sent()[1].id, method: 'ping' }))
  })

  it('resolves with null, and rejects with the error object', async () => {
    const { requests, sent, says } = await openRpc()
    const [nothing, wrong] = [requests.request({ method: 'a' }), requests.request({ method: 'b' })]
    const [a, b] = sent()
    const error = { code: -32602, message: 'Invalid params', data: 1 }
    // Some servers of the first version's time send both.
    await says(rpc({ id: a.id, result: null, error: null }), rpc({ id: b.id, error }))
    expect(await nothing).toBe(null)
    await expect(wrong).rejects.toMatchObject({ code: 'REQUEST_FAILED', cause: error })
  })

  it('knows its requests by ids that come back as numbers', async () => {
    const own: Protocol<'method', 'params'> = {
      ...jsonRpc(),
      request: (id, method, params) => ({ jsonrpc: '2.0', id: Number(id.split('r')[1]), method, params }),
      read: (message: any) => jsonRpc().read({ ...message, id: `${prefix}${message.id}` }),
    }
    const t = await openRequests({ requests: { protocol: own } })
    const prefix = `${t.socket.id}r`
    const answer = t.requests.request({ method: 'a' })
    const [{ id }] = t.sent()
    expect(id).toBeTypeOf('number')
    await t.says(rpc({ id, result: 1 }))
    expect(await answer).toBe(1)
  })

  it('notifies (section 4.1)', async () => {
    const { requests, sent } = await openRpc()
    requests.notify({ method: 'update', params: [1, 2] })
    expect(sent()).toEqual([rpc({ method: 'update', params: [1, 2] })])
  })

  it('B95 ignores what is JSON-RPC and belongs to no request, and leaves the rest to the app', async () => {
    const { requests, socket, says, sent } = await openRpc()
    const told = record(socket, ['error'])
    const messages = tape(socket, 'message')
    const pending = requests.request({ method: 'a' })
    await says(
      rpc({ id: null, error: { code: -32700, message: 'Parse error' } }),
      rpc({ id: 'nobody', result: 1 }),
      rpc({ id: 1 }),
      rpc({}),
      rpc({ method: 1, id: 2 }),
      [rpc({ id: 'nobody', result: 1 }), 1, null] as never,
    )
    const others = [
      { jsonrpc: '1.0', id: 1, result: 1 },
      { type: 'a' },
      [],
      [1],
      null,
      rpc({ method: 'unknown' }),
    ]
    await says(...(others as object[]))
    expect([messages, told, sent().length, await outcome(pending)]).toEqual([others, [], 1, 'pending'])
  })

  it('answers the server: a result, null for nothing, -32601 and -32603 (section 5.1)', async () => {
    const { handle, says, sent } = await openRpc()
    const heard: unknown[] = []
    handle('sum', (terms: number[]) => terms.reduce((sum, term) => sum + term))
    handle('nothing', () => {})
    handle('bad', () => {
      throw new Error('secret')
    })
    handle('news', (data) => heard.push(data))
    await says(
      rpc({ id: 1, method: 'sum', params: [1, 2] }),
      rpc({ id: '2', method: 'nothing' }),
      rpc({ id: 3, method: 'missing' }),
      rpc({ id: 4, method: 'bad' }),
      rpc({ method: 'news', params: { n: 1 } }),
    )
    expect(sent()).toHaveLength(4)
    expect(sent()).toEqual(
      expect.arrayContaining([
        rpc({ id: 1, result: 3 }),
        rpc({ id: '2', result: null }),
        rpc({ id: 3, error: { code: -32601, message: 'Method not found' } }),
        rpc({ id: 4, error: { code: -32603, message: 'Internal error' } }),
      ]),
    )
    expect(heard).toEqual([{ n: 1 }])
  })

  it('has no way to take back, unless it is told one', async () => {
    const control = new AbortController()
    const plain = await openRpc()
    void plain.requests.request({ method: 'a' }, { signal: control.signal })
    const lsp = await openRpc({ cancel: '$/cancelRequest' })
    void lsp.requests.request({ method: 'a' }, { signal: control.signal })
    control.abort()
    const [{ id }, ...rest] = lsp.sent()
    expect([plain.sent().length, rest]).toEqual([1, [rpc({ method: '$/cancelRequest', params: { id } })]])
    const signals: AbortSignal[] = []
    lsp.handle('work', (_, { signal }) => new Promise(() => signals.push(signal)))
    const aborted = () => signals.map(({ aborted }) => aborted)
    // One that does not say which, is for none.
    await lsp.says(rpc({ id: 5, method: 'work' }), rpc({ method: '$/cancelRequest' }))
    expect(aborted()).toEqual([false])
    await lsp.says(rpc({ method: '$/cancelRequest', params: { id: 5 } }))
    expect(aborted()).toEqual([true])
  })

  it('has no streams, unless it is told how parts come', async () => {
    const plain = await openRpc()
    expect(() => plain.requests.stream({ method: 'a' })).toThrow(thrown('INVALID_OPTION', 'streams'))
    const { requests, sent, says } = await openRpc({ progress: '$/progress' })
    const parts: unknown[] = []
    const reading = (async () => {
      for await (const part of requests.stream({ method: 'symbols' })) parts.push(part)
    })()
    await macrotask()
    const [{ id: token }] = sent()
    for (const value of [1, 2]) await says(rpc({ method: '$/progress', params: { token, value } }))
    await says(rpc({ method: '$/progress' }), rpc({ id: token, result: null }))
    await reading
    expect(parts).toEqual([1, 2])
    const nothing = requests.request({ method: 'a' })
    await says(rpc({ id: sent()[1].id, result: null }))
    expect(await nothing).toBe(null)
  })
})

describe('a batch (section 6)', () => {
  it('goes out as one message, and each promise settles by its own answer', async () => {
    const { requests, sent, says } = await openRpc()
    const [sum, wrong, last] = requests.batch([
      { method: 'sum', params: [1] },
      { method: 'wrong' },
      { method: 'last' },
    ])
    const [[a, b, c], ...none] = sent()
    expect([a, none]).toEqual([rpc({ id: a.id, method: 'sum', params: [1] }), []])
    await says([
      rpc({ id: c.id, result: 3 }),
      rpc({ id: a.id, result: 1 }),
      rpc({ id: b.id, error: { code: 1 } }),
    ] as never)
    expect([await sum, await outcome(wrong), await last]).toEqual([1, 'REQUEST_FAILED', 3])
  })

  it('of nothing sends nothing', async () => {
    const { requests, sent } = await openRpc()
    expect([requests.batch([]), sent()]).toEqual([[], []])
  })

  it('B93 that is aborted while it waits is taken back as a whole', async () => {
    const { requests, socket, settle, sent } = await openRpc()
    void socket.close()
    await settle()
    const control = new AbortController()
    const all = requests.batch([{ method: 'a' }, { method: 'b' }], { signal: control.signal })
    expect(socket.queue.get().messages).toBe(1)
    control.abort()
    expect(await Promise.all(all.map(outcome))).toEqual(['ABORTED', 'ABORTED'])
    socket.connect()
    await settle()
    expect(sent()).toEqual([])
  })

  it('B94 that is too late, dropped or disposed of ends as one', async () => {
    const ends = {
      REQUEST_TIMEOUT: ({ clock }: any) => clock.advance(50),
      CLEARED: ({ socket }: any) => socket.queue.clear(),
      ABORTED: ({ requests }: any) => requests.dispose(),
    }
    for (const [code, end] of Object.entries(ends)) {
      const t = await openRpc()
      void t.socket.close()
      await t.settle()
      const all = t.requests.batch([{ method: 'a' }, { method: 'b' }], { timeout: 50 })
      await end(t)
      expect(await Promise.all(all.map(outcome))).toEqual([code, code])
      expect(t.socket.queue.get().messages).toBe(0)
    }
  })

  it('B94 is sent again one by one after a break, what was not answered', async () => {
    const { requests, sent, says, die, clock } = await openRpc()
    const [first, second, third] = requests.batch([{ method: 'a' }, { method: 'b' }, { method: 'c' }], {
      retry: 1,
    })
    const [[a, b, c]] = sent()
    await says(rpc({ id: b.id, result: 2 }))
    await die()
    await clock.advance(100)
    expect([sent(), await second]).toEqual([[a, c], 2])
    await says(rpc({ id: a.id, result: 1 }), rpc({ id: c.id, result: 3 }))
    expect([await first, await third]).toEqual([1, 3])
  })

  it('of the server’s is answered by one, when all is done', async () => {
    const { handle, says, sent, socket } = await openRpc()
    const messages = tape(socket, 'message')
    const heard: unknown[] = []
    let finish = (_: unknown) => {}
    handle('slow', () => new Promise((resolve) => (finish = resolve)))
    handle('news', (data) => heard.push(data))
    await says([
      rpc({ id: 1, method: 'slow' }),
      rpc({ method: 'news', params: 1 }),
      rpc({ id: 2, method: 'missing' }),
    ] as never)
    expect([sent(), heard]).toEqual([[], [1]])
    finish('done')
    await macrotask()
    expect(sent()).toEqual([
      [rpc({ id: 1, result: 'done' }), rpc({ id: 2, error: { code: -32601, message: 'Method not found' } })],
    ])
    await says([rpc({ method: 'news', params: 2 })] as never)
    expect([sent().length, heard, messages]).toEqual([1, [1, 2], []])
  })

  it('of the server’s in whose midst the responder is disposed of ends there', async () => {
    const { handle, responder, says, sent } = await openRpc()
    const heard: unknown[] = []
    handle('last', () => responder().dispose())
    handle('news', (data) => heard.push(data))
    await says([
      rpc({ id: 1, method: 'last' }),
      rpc({ method: 'news' }),
      rpc({ id: 2, method: 'x' }),
    ] as never)
    expect([heard, sent()]).toEqual([[], []])
  })

  it('of both kinds is heard by both, and goes to the app as well', async () => {
    const { handle, requests, says, sent, socket } = await openRpc()
    const messages = tape(socket, 'message')
    handle('theirs', () => 'done')
    const mine = requests.request({ method: 'mine' })
    const both = [rpc({ id: 1, method: 'theirs' }), rpc({ id: sent()[0].id, result: 'mine too' })]
    await says(both as never)
    expect([await mine, sent()[1], messages]).toEqual(['mine too', [rpc({ id: 1, result: 'done' })], [both]])
  })

  it('of the server’s that takes back without saying what aborts nothing', async () => {
    const t = await openRequests({ requests: { protocol: jsonRpc({ cancel: '$/cancelRequest' }) } })
    const signals: AbortSignal[] = []
    t.handle('work', (_, { signal }) => new Promise(() => signals.push(signal)))
    await t.says(rpc({ id: 5, method: 'work' }))
    await t.says([rpc({ id: 6, method: 'work' }), rpc({ method: '$/cancelRequest' })] as never)
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false])
    await t.says([
      rpc({ id: 7, method: 'x' }),
      rpc({ method: '$/cancelRequest', params: { id: 5 } }),
    ] as never)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
  })

  it('of which a part was answered elsewhere still goes out for the others', async () => {
    const t = await openRequests({
      // As an object: what is confirmed by acks has to bear an id.
      requests: { protocol: { ...jsonRpc(), batch: (messages) => ({ messages }) } },
      queue: offlineQueue({ confirm: acks({ isAck: ({ ack }) => ack }) }),
      rotation: rotation({ fenceTimeout: 10 }),
    })
    const [first, second] = t.requests.batch([{ method: 'a' }, { method: 'b' }])
    const [a, b] = t.sent()[0].messages
    t.socket.on('state', (state) => {
      if (state.status === 'open' && !state.rotating) t.server.latest.client.bufferedAmount = 1e6
    })
    t.socket.rotate()
    await t.clock.advance(100)
    expect(t.socket.queue.get().messages).toBe(1)
    await t.saysOn(t.server.connections[0], rpc({ id: a.id, result: 1 }))
    expect([await first, await outcome(second), t.socket.queue.get().messages]).toEqual([1, 'pending', 1])
    await t.saysOn(t.server.connections[0], rpc({ id: b.id, result: 2 }))
    expect([await second, t.socket.queue.get().messages]).toEqual([2, 0])
  })

  it('B95 with ids of any kind harms nothing', async () => {
    const { requests, socket, sent, says } = await openRpc()
    const errors = tape(socket, 'error')
    const sum = requests.request({ method: 'sum' })
    const [{ id }] = sent()
    const odd: unknown[] = [
      { toString: 1, valueOf: 1 },
      [id],
      null,
      true,
      {},
      1e300,
      '__proto__',
      'constructor',
    ]
    await says([...odd.map((id) => rpc({ id, result: 'odd' })), rpc({ id, result: 1 })] as never)
    expect([await sum, errors]).toEqual([1, []])
  })

  it('of the server’s with an answer that cannot be encoded is refused, and told to the app', async () => {
    const { handle, says, sent, socket } = await openRpc()
    const errors = tape(socket, 'error')
    handle('big', () => 1n)
    handle('news', () => {})
    await says([rpc({ id: 1, method: 'big' }), rpc({ method: 'news' })] as never)
    await macrotask()
    expect(sent()).toEqual([[rpc({ id: 1, error: { code: -32603, message: 'Internal error' } })]])
    expect(errors.map(({ code }) => code)).toEqual(['LISTENER'])
  })
})

describe('a protocol of one’s own', () => {
  it('is a handful of functions', async () => {
    const tuples: Protocol<'name', 'args'> = {
      nameKey: 'name',
      dataKey: 'args',
      request: (id, name, args) => ['ask', id, name, args],
      notify: (name, args) => ['tell', name, args],
      answer: (id, value) => ['answer', id, value],
      refuse: (id, why) => ['refusal', id, why],
      read(message) {
        if (!Array.isArray(message)) return undefined
        const [what, id, data] = message
        if (what === 'answer') return { kind: 'reply', id, data }
        return what === 'refusal' ? { kind: 'error', id, data } : undefined
      },
    }
    const { requests, sent, says } = await openRequests({ requests: { protocol: tuples } })
    const answer = requests.request({ name: 'a', args: 1 })
    const refusal = requests.request({ name: 'b' })
    const [[what, id, ...rest], [, other]] = sent()
    expect([what, rest]).toEqual(['ask', ['a', 1]])
    await says(['answer', id, 2] as never, ['refusal', other, 'why'] as never)
    expect(await answer).toBe(2)
    await expect(refusal).rejects.toMatchObject({ cause: 'why' })
    expect(() => requests.batch([])).toThrow(thrown('INVALID_OPTION', 'batches'))
  })
})
