// Answers in parts: in their order, bounded, and taken back when the reader leaves.
import { describe, expect, it } from 'vitest'
import { offlineQueue } from '../../../src'
import { macrotask, outcome, record } from '../socket/support'
import { openRequests, requestRig, watched } from './support'

const done = { done: true, value: undefined }

/** A stream whose first part is asked for, on an open socket. */
async function streaming(
  options: Parameters<Awaited<ReturnType<typeof openRequests>>['requests']['stream']>[1] = {},
  given = {},
) {
  const t = await openRequests(given)
  const stream = t.requests.stream<number>({ type: 'prices', payload: 'EUR' }, options)
  const first = stream.next()
  const [{ id }] = t.sent()
  return {
    ...t,
    stream,
    first,
    id,
    part: (payload: unknown) => t.says({ id, type: 'next', payload }),
    complete: () => t.says({ id, type: 'complete' }),
  }
}

describe('a stream', () => {
  it('gives the parts in their order and ends with the last', async () => {
    const { requests, sent, says, clock } = await openRequests()
    const parts: unknown[] = []
    const reading = (async () => {
      for await (const part of requests.stream({ type: 'prices' })) parts.push(part)
    })()
    await macrotask()
    const [{ id }] = sent()
    for (const payload of [1, 2, 3]) await says({ id, type: 'next', payload })
    expect(parts).toEqual([1, 2, 3])
    await says({ id, type: 'next', payload: 4 }, { id, type: 'complete' })
    await reading
    await macrotask()
    expect([parts, sent().length, clock.timers]).toEqual([[1, 2, 3, 4], 1, 0])
  })

  it('asks when the first part is wanted, and nothing at all before', async () => {
    const { requests, sent, clock } = await openRequests()
    const stream = requests.stream({ type: 'prices' })
    await clock.advance(60_000)
    expect([sent(), clock.timers]).toEqual([[], 0])
    void stream.next()
    expect(sent()).toEqual([expect.objectContaining({ type: 'prices' })])
    const other = requests.stream({ type: 'prices' })
    await other.return?.()
    expect([await other.next(), sent().length]).toEqual([done, 1])
  })

  it('keeps parts for a slow reader, and serves several at once', async () => {
    const { stream, first, part, complete } = await streaming()
    const second = stream.next()
    await part(1)
    await part(2)
    await part(3)
    await complete()
    expect(await Promise.all([first, second])).toEqual([
      { done: false, value: 1 },
      { done: false, value: 2 },
    ])
    expect([await stream.next(), await stream.next(), await stream.next()]).toEqual([
      { done: false, value: 3 },
      done,
      done,
    ])
  })

  it('of a plain answer is that one part', async () => {
    const { stream, first, says, id } = await streaming()
    await says({ id, type: 'reply', payload: 1 })
    expect([await first, await stream.next()]).toEqual([{ done: false, value: 1 }, done])
  })

  it('rejects behind what came before the error, and is over then', async () => {
    const { stream, first, says, part, id } = await streaming()
    await part(1)
    await part(2)
    await says({ id, type: 'error', payload: 'no' })
    expect([await first, await stream.next()]).toEqual([
      { done: false, value: 1 },
      { done: false, value: 2 },
    ])
    await expect(stream.next()).rejects.toMatchObject({ code: 'REQUEST_FAILED', cause: 'no' })
    expect(await stream.next()).toEqual(done)
  })

  it('takes itself back when the reader leaves by break', async () => {
    const { requests, sent, says, clock } = await openRequests()
    const reading = (async () => {
      for await (const part of requests.stream({ type: 'prices' })) return part
    })()
    await macrotask()
    const [{ id }] = sent()
    await says({ id, type: 'next', payload: 1 })
    expect(await reading).toBe(1)
    await macrotask()
    expect([sent()[1], clock.timers]).toEqual([{ id, type: 'cancel' }, 0])
  })

  it('takes itself back by return(), also while a part is waited for; late parts are for nobody', async () => {
    const { socket, stream, first, sent, part, id } = await streaming()
    const told = record(socket, ['message', 'error'])
    expect(await stream.return?.()).toEqual(done)
    expect([await first, sent()[1]]).toEqual([done, { id, type: 'cancel' }])
    await part(1)
    expect([await stream.next(), told]).toEqual([done, []])
  })

  it('is taken back by its signal at once, whatever was not read', async () => {
    const { signal, attached, abort } = watched()
    const { stream, part, sent, id } = await streaming({ signal })
    for (const n of [1, 2, 3]) await part(n)
    abort('enough')
    await expect(stream.next()).rejects.toMatchObject({ code: 'ABORTED', cause: 'enough' })
    expect([await stream.next(), sent()[1], attached.size]).toEqual([done, { id, type: 'cancel' }, 0])
  })

  it('rejects with INBOUND_OVERFLOW behind what it holds, and takes itself back', async () => {
    const { stream, part, sent, id } = await streaming({ buffer: 2 })
    for (const n of [1, 2, 3, 4, 5]) await part(n)
    const read = [await stream.next(), await stream.next(), await stream.next()]
    expect(read.map(({ value }) => value)).toEqual([2, 3, 4])
    expect(await outcome(stream.next())).toBe('INBOUND_OVERFLOW')
    expect(sent()[1]).toEqual({ id, type: 'cancel' })
  })

  it('gives each part the whole timeout', async () => {
    const { first, stream, part, clock, sent, id } = await streaming({ timeout: 100 })
    await clock.advance(90)
    await part(1)
    await clock.advance(90)
    await part(2)
    expect([(await first).value, (await stream.next()).value]).toEqual([1, 2])
    const third = stream.next()
    await clock.advance(99)
    expect(await outcome(third)).toBe('pending')
    await clock.advance(1)
    expect([await outcome(third), sent()[1], clock.timers]).toEqual([
      'REQUEST_TIMEOUT',
      { id, type: 'cancel' },
      0,
    ])
  })

  it('B94 is sent again while no part has come, and lost after the first', async () => {
    const { first, stream, die, clock, sent, says, id } = await streaming({ retry: true })
    await die()
    await clock.advance(100)
    expect(sent()).toEqual([{ id, type: 'prices', payload: 'EUR' }])
    await says({ id, type: 'next', payload: 1 })
    await die()
    expect([(await first).value, await outcome(stream.next())]).toEqual([1, 'REQUEST_LOST'])
    await clock.advance(1_000)
    expect(sent()).toEqual([])
  })

  it('is ended by dispose(), and rejects nothing unheard', async () => {
    const { requests, first, stream } = await streaming()
    requests.dispose()
    expect([await outcome(first), await stream.next()]).toEqual(['ABORTED', done])
    expect(await outcome(requests.stream({ type: 'a' }).next())).toBe('ABORTED')
  })

  it('asks once, though its reader asks for more in the midst of it', async () => {
    const { requests, socket, settle, sent } = requestRig({
      queue: offlineQueue({ maxMessages: 1, overflow: 'drop-oldest' }),
    })
    socket.send('older')
    const stream = requests.stream({ type: 'prices' })
    const reading: unknown[] = []
    const off = socket.on('drop', () => reading.push(stream.next()))
    void stream.next()
    off()
    socket.connect()
    await settle()
    expect([reading.length, sent().length]).toEqual([1, 1])
  })
})
