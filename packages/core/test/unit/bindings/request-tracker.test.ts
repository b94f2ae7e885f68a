// What became of the newest request of a component.
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { json } from '../../../src'
import { isSocket, requestTracker, resolveGiven } from '../../../src/bindings'
import { deferred } from '../../../src/deferred'
import { createRequests, type RequestOptions } from '../../../src/requests'
import { outcome, rig } from '../socket/support'
import { thrown } from '../support'
import { drawnPage } from './support'

beforeEach(() => {
  vi.stubGlobal('window', {})
})

const settings = { timeout: 5_000, retry: false }

function setUp() {
  const page = drawnPage()
  const made = rig({ codec: json(), retryDelay: () => 10 })
  const requests = createRequests(made.socket)
  const newest: { timeout?: number; retry?: boolean } = { ...settings }
  const tracker = requestTracker(requests, () => newest)
  const { status, data, error } = tracker.fields
  const listener = vi.fn()
  const offs = [status, data, error].map((field) => field.subscribe(listener))
  /** Promises settle, and the page is drawn; then what it shows. */
  const draw = async (ms = 0) => {
    await made.clock.advance(ms)
    page.draw()
    return [status.get(), data.get(), error.get()?.code]
  }
  return {
    ...made,
    page,
    requests,
    newest,
    tracker,
    listener,
    draw,
    ask: (type: string, options?: RequestOptions) => tracker.request({ type }, options),
    off: () => offs.map((off) => off()),
    async open() {
      made.socket.connect()
      await made.clock.advance(0)
    },
    /** From now on everything waits. */
    async lose() {
      made.server.mode = 'ignore'
      made.server.latest.die()
      await made.clock.advance(0)
    },
    /** What the server has got. */
    got: () =>
      made.server.connections.flatMap(({ received }) => received.map((frame) => JSON.parse(frame as string))),
    /** Answers what came by that type. */
    answer(type: string, payload: unknown, kind = 'reply') {
      for (const { received } of made.server.connections) {
        for (const frame of received) {
          const asked = JSON.parse(frame as string)
          if (asked.type === type)
            made.server.latest.send(JSON.stringify({ id: asked.id, type: kind, payload }))
        }
      }
    },
  }
}

describe('what is shown', () => {
  it('is idle at first, then pending, then what was answered', async () => {
    const { open, ask, answer, draw } = setUp()
    await open()
    expect(await draw()).toEqual(['idle', undefined, undefined])
    const asked = ask('user')
    expect(await draw()).toEqual(['pending', undefined, undefined])
    answer('user', { name: 'Ada' })
    expect(await draw()).toEqual(['success', { name: 'Ada' }, undefined])
    expect(await asked).toEqual({ name: 'Ada' })
  })

  it('is why the newest call failed, beside what the last one brought', async () => {
    const { open, ask, answer, draw } = setUp()
    await open()
    void ask('user')
    await draw()
    answer('user', 'Ada')
    await draw()
    const failing = ask('rename')
    expect(await draw()).toEqual(['pending', 'Ada', undefined])
    answer('rename', 'taken', 'error')
    expect(await draw()).toEqual(['error', 'Ada', 'REQUEST_FAILED'])
    expect(await outcome(failing)).toBe('REQUEST_FAILED')
    void ask('again')
    expect(await draw()).toEqual(['pending', 'Ada', undefined])
  })

  it('is of the newest call alone: a late answer settles the promise of its own', async () => {
    const { open, ask, answer, draw } = setUp()
    await open()
    const [older, newer] = [ask('older'), ask('newer')]
    await draw()
    answer('older', 1)
    expect(await draw()).toEqual(['pending', undefined, undefined])
    expect(await older).toBe(1)
    answer('newer', 2)
    expect(await draw()).toEqual(['success', 2, undefined])
    expect(await newer).toBe(2)
  })

  it('is of the newest call alone where the older one fails after it was answered', async () => {
    const { open, ask, answer, draw } = setUp()
    await open()
    const [older] = [ask('older'), ask('newer')]
    await draw()
    answer('newer', 2)
    await draw()
    answer('older', 'no', 'error')
    expect(await draw()).toEqual(['success', 2, undefined])
    expect(await outcome(older)).toBe('REQUEST_FAILED')
  })

  it('B103 is told once per frame, however many were asked and answered', async () => {
    const { open, ask, answer, draw, listener, page, clock } = setUp()
    await open()
    for (let n = 0; n < 200; n++) void ask(`${n}`)
    await draw()
    listener.mockClear()
    for (let n = 0; n < 200; n++) answer(`${n}`, n)
    await clock.advance(0)
    expect(listener).not.toHaveBeenCalled()
    page.draw()
    // Each of the three fields is listened to.
    expect(listener).toHaveBeenCalledTimes(3)
    expect(await draw()).toEqual(['success', 199, undefined])
  })

  it('B94 is what a break does to the call', async () => {
    const { open, ask, draw, server, newest } = setUp()
    await open()
    void ask('lost')
    await draw()
    server.latest.die()
    expect(await draw()).toEqual(['error', undefined, 'REQUEST_LOST'])
    await draw(20)
    newest.retry = true
    void ask('again')
    await draw()
    server.latest.die()
    expect(await draw(20)).toEqual(['pending', undefined, undefined])
  })

  it('B109 is idle on a server, where nothing is sent and the call rejects with ABORTED', async () => {
    const { open, ask, draw, got, requests } = setUp()
    await open()
    vi.stubGlobal('window', undefined)
    const request = vi.spyOn(requests, 'request')
    expect(await outcome(ask('user'))).toBe('ABORTED')
    expect(await draw()).toEqual(['idle', undefined, undefined])
    expect([request.mock.calls, got()]).toEqual([[], []])
  })
})

describe('the options', () => {
  it('B94 B106 are the newest by default, and those of the call before them', async () => {
    const { open, ask, draw, newest } = setUp()
    await open()
    newest.timeout = 100
    const [usual, patient] = [ask('usual'), ask('patient', { timeout: 1_000 })]
    await draw(101)
    expect([await outcome(usual), await outcome(patient)]).toEqual(['REQUEST_TIMEOUT', 'pending'])
    await draw(1_000)
    expect(await outcome(patient)).toBe('REQUEST_TIMEOUT')
  })

  it('that are wrong throw at the call, and change nothing that is shown', async () => {
    const { ask, draw, newest } = setUp()
    newest.timeout = -1
    expect(() => ask('user')).toThrow(thrown('INVALID_OPTION', 'timeout'))
    expect(await draw()).toEqual(['idle', undefined, undefined])
  })
})

describe('what is aborted', () => {
  it('B93 by reset() is taken back where it waits, and cancelled where it was sent; nothing is shown', async () => {
    const { open, lose, socket, ask, answer, draw, got, tracker } = setUp()
    await open()
    void ask('user')
    await draw()
    answer('user', 'Ada')
    await draw()
    const sent = ask('sent')
    await draw()
    tracker.reset()
    expect(await draw()).toEqual(['idle', undefined, undefined])
    expect(await outcome(sent)).toBe('ABORTED')
    expect(got().map(({ type }) => type)).toEqual(['user', 'sent', 'cancel'])
    await lose()
    const waiting = ask('waiting')
    expect(socket.queue.get().messages).toBe(1)
    tracker.reset()
    expect(await outcome(waiting)).toBe('ABORTED')
    expect(socket.queue.get().messages).toBe(0)
    expect(await draw()).toEqual(['idle', undefined, undefined])
  })

  it('B95 by reset() may still be answered, which changes nothing', async () => {
    const { open, ask, answer, draw, tracker } = setUp()
    await open()
    void ask('user')
    await draw()
    tracker.reset()
    answer('user', 'late')
    expect(await draw()).toEqual(['idle', undefined, undefined])
  })

  it('by reset() counts for nothing, also where the requests take no notice of a signal', async () => {
    const { page, clock } = setUp()
    const answer = deferred<string>()
    const tracker = requestTracker({ request: () => answer.promise }, () => undefined)
    const { status, data } = tracker.fields
    const off = status.subscribe(() => {})
    void tracker.request('user')
    tracker.reset()
    answer.resolve('late')
    await clock.advance(0)
    page.draw()
    expect([status.get(), data.get()]).toEqual(['idle', undefined])
    off()
  })

  it('B93 by unmount is taken back, the older ones as well, and what was shown before is shown again', async () => {
    const { open, lose, socket, ask, answer, draw, tracker } = setUp()
    await open()
    const release = tracker.hold()
    void ask('user')
    await draw()
    answer('user', 'Ada')
    await draw()
    await lose()
    const [older, newer] = [ask('older'), ask('newer')]
    expect([socket.queue.get().messages, await draw()]).toEqual([2, ['pending', 'Ada', undefined]])
    release()
    expect([await outcome(older), await outcome(newer)]).toEqual(['ABORTED', 'ABORTED'])
    expect([socket.queue.get().messages, await draw()]).toEqual([0, ['success', 'Ada', undefined]])
  })

  it('is not what is asked in the course of an unmount, or later', async () => {
    const { open, ask, draw, tracker } = setUp()
    await open()
    tracker.hold()()
    const farewell = ask('leave')
    await draw()
    const later = ask('later')
    await draw()
    expect([await outcome(farewell), await outcome(later)]).toEqual(['pending', 'pending'])
  })

  it('B105 is not what StrictMode’s second mount or hot reload finds pending', async () => {
    const { open, ask, answer, draw, tracker } = setUp()
    await open()
    const asked = ask('user')
    const release = tracker.hold()
    release()
    const last = tracker.hold()
    await draw()
    answer('user', 'Ada')
    expect([await draw(), await asked]).toEqual([['success', 'Ada', undefined], 'Ada'])
    const later = ask('later')
    last()
    expect(await outcome(later)).toBe('ABORTED')
  })

  it('B93 by a signal of the call is taken back with its reason, and counts for nothing', async () => {
    const { open, ask, answer, draw } = setUp()
    await open()
    void ask('user')
    await draw()
    answer('user', 'Ada')
    await draw()
    const controller = new AbortController()
    const { signal } = controller
    const aborted = ask('rename', { signal })
    expect(await draw()).toEqual(['pending', 'Ada', undefined])
    controller.abort('changed my mind')
    await expect(aborted).rejects.toMatchObject({ code: 'ABORTED', cause: 'changed my mind' })
    expect(await draw()).toEqual(['success', 'Ada', undefined])
    await expect(ask('rename', { signal })).rejects.toMatchObject({
      code: 'ABORTED',
      cause: 'changed my mind',
    })
    expect(await draw()).toEqual(['success', 'Ada', undefined])
  })

  it('leaves nothing at the signal of a call, whether that was answered or aborted', async () => {
    const { open, ask, answer, draw, tracker } = setUp()
    await open()
    const { signal } = new AbortController()
    const attached = new Set<unknown>()
    vi.spyOn(signal, 'addEventListener').mockImplementation((_, listener) => void attached.add(listener))
    vi.spyOn(signal, 'removeEventListener').mockImplementation(
      (_, listener) => void attached.delete(listener),
    )
    void ask('answered', { signal })
    void ask('aborted', { signal })
    await draw()
    expect(attached.size).toBe(2)
    answer('answered', 1)
    await draw()
    expect(attached.size).toBe(1)
    tracker.reset()
    await draw()
    expect(attached.size).toBe(0)
  })

  it('is nothing that was settled before', async () => {
    const { open, ask, answer, draw, tracker, requests } = setUp()
    await open()
    const request = vi.spyOn(requests, 'request')
    void ask('user')
    await draw()
    answer('user', 'Ada')
    await draw()
    tracker.reset()
    expect(request.mock.calls[0]?.[1]?.signal?.aborted).toBe(false)
  })

  it('by dispose() of the requests counts for nothing', async () => {
    const { open, ask, draw, requests } = setUp()
    await open()
    const asked = ask('user')
    await draw()
    requests.dispose()
    expect(await outcome(asked)).toBe('ABORTED')
    expect(await draw()).toEqual(['idle', undefined, undefined])
  })
})

it('asks for no frame where nobody listens', async () => {
  const { open, ask, answer, draw, off, page, tracker } = setUp()
  await open()
  off()
  const { asked } = page
  void ask('user')
  await draw()
  answer('user', 'Ada')
  await draw()
  expect(page.asked).toBe(asked)
  const listener = vi.fn()
  tracker.fields.data.subscribe(listener)
  expect([tracker.fields.status.get(), tracker.fields.data.get()]).toEqual(['success', 'Ada'])
})

describe('resolveGiven', () => {
  const { socket } = rig()
  const requests = { request: async () => {} }
  const options = { limit: 5 }
  const resolve = (what: 'socket' | 'requests', args: unknown[], provided?: unknown) =>
    resolveGiven(what, 'useIt', args, provided, 'provide it')

  it('takes what leads the arguments, else what is provided, and gives those behind it', () => {
    expect(resolve('socket', [socket, options])).toEqual([socket, options])
    expect(resolve('socket', [options], socket)).toEqual([socket, options])
    expect(resolve('socket', [], socket)).toEqual([socket])
    expect(resolve('socket', [undefined, options], socket)).toEqual([socket, options])
    expect(resolve('socket', [socket], 'another')).toEqual([socket])
    expect(resolve('requests', [options], requests)).toEqual([requests, options])
    expect(resolve('requests', [requests, options], 'others')).toEqual([requests, options])
  })

  it('takes a function for a filter or a selector of a socket, and for what gives requests', () => {
    const fn = () => requests
    expect(resolve('socket', [fn], socket)).toEqual([socket, fn])
    expect(resolve('requests', [fn, options])).toEqual([fn, options])
  })

  it('looks into the first argument where it has to', () => {
    const ref = { value: socket }
    const found = resolveGiven('socket', 'useIt', [ref, options], undefined, 'provide it', ref.value)
    expect(found).toEqual([ref, options])
    expect([isSocket(ref), isSocket(ref.value)]).toEqual([false, true])
  })

  it('says what is missing, and how to mend it', () => {
    expect(() => resolve('socket', [options])).toThrow(
      thrown('NO_SOCKET', 'useIt() found no socket: provide it, or pass one: useIt(socket).'),
    )
    expect(() => resolve('requests', [])).toThrow(
      thrown(
        'NO_SOCKET',
        'useIt() found no requests: provide it and give it requests as well, or pass them: useIt(requests).',
      ),
    )
  })
})
