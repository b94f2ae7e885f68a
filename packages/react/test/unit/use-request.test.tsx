// useRequest: what became of the newest request of a component.
import { json, type SocketOptions } from '@hawser/core'
import { createRequests } from '@hawser/core/requests'
import { act, fireEvent, render, renderHook, screen } from '@testing-library/react'
import * as React from 'react'
import { memo, StrictMode, Suspense, useEffect, useRef } from 'react'
import { describe, expect, inject, it, vi } from 'vitest'
import { SocketProvider, type UseRequestResult, useRequest } from '../../src'
import { Boundary, frame, Show, setUp, silenceErrors } from '../support/set-up'

interface Frame {
  readonly id: string
  readonly type: string
  readonly payload?: unknown
}

function start(given: SocketOptions = {}) {
  const rig = setUp()
  const socket = rig.create({ codec: json() as never, retryDelay: () => 10, ...given })
  const requests = createRequests(socket)
  /** What the server has got on all connections. */
  const got = () =>
    rig.server.connections.flatMap(({ received }) =>
      received.map((text): Frame => JSON.parse(text as string)),
    )
  return {
    ...rig,
    socket,
    requests,
    got,
    types: () => got().map(({ type }) => type),
    async connect() {
      socket.connect()
      await rig.pass()
    },
    /** Answers what came by that type. */
    async answer(type: string, payload?: unknown, kind = 'reply') {
      for (const asked of got().filter((one) => one.type === type)) {
        rig.server.latest.send(JSON.stringify({ id: asked.id, type: kind, payload }))
      }
      await rig.pass()
      await frame()
    },
    /** From now on everything waits. */
    async lose() {
      rig.server.mode = 'ignore'
      rig.server.latest.die()
      await rig.pass()
    },
    async show() {
      await rig.pass()
      await frame()
    },
  }
}

/** How a promise ended by now. */
const outcome = async (promise: Promise<unknown>) =>
  Promise.race([
    promise.then(
      () => 'resolved',
      ({ code }) => code,
    ),
    new Promise((resolve) => setImmediate(() => resolve('pending'))),
  ])

const shown = ({ status, data, error }: UseRequestResult) => [status, data, error?.code]

describe('what is shown', () => {
  it('is idle, then pending, then what was answered, and idle again after a reset', async () => {
    const { requests, connect, answer, types } = start()
    await connect()
    function Rename() {
      const { request, status, data, error, reset } = useRequest<string>(requests)
      return (
        <>
          <button
            type="button"
            disabled={status === 'pending'}
            onClick={() => request({ type: 'rename', payload: { name: 'Ada' } })}
          >
            Rename
          </button>
          <button type="button" onClick={reset}>
            Reset
          </button>
          <output>{[status, data, error?.code].join()}</output>
        </>
      )
    }
    render(<Rename />)
    const output = screen.getByRole('status')
    expect(output.textContent).toBe('idle,,')
    fireEvent.click(screen.getByText('Rename'))
    await frame()
    expect(output.textContent).toBe('pending,,')
    await answer('rename', 'Ada')
    expect(output.textContent).toBe('success,Ada,')
    fireEvent.click(screen.getByText('Reset'))
    await frame()
    expect(output.textContent).toBe('idle,,')
    expect(types()).toEqual(['rename'])
  })

  it('is why the newest call failed, beside the last answer; and the promise tells it too', async () => {
    const { requests, connect, answer, show } = start()
    await connect()
    const { result } = renderHook(() => useRequest(requests))
    void result.current.request({ type: 'read' })
    await show()
    await answer('read', 1)
    const failed = result.current.request({ type: 'write' })
    await show()
    await answer('write', 'no', 'error')
    expect(shown(result.current)).toEqual(['error', 1, 'REQUEST_FAILED'])
    await expect(failed).rejects.toMatchObject({ code: 'REQUEST_FAILED', cause: 'no' })
  })

  it('is of the newest call: a late answer to an older one settles its promise, and renders nothing', async () => {
    const { requests, connect, answer, show } = start()
    await connect()
    let renders = 0
    const { result } = renderHook(() => {
      renders += 1
      const given = useRequest(requests)
      shown(given)
      return given
    })
    const [older, newer] = ['older', 'newer'].map((type) => result.current.request({ type }))
    await show()
    await answer('newer', 2)
    const before = renders
    await answer('older', 1)
    expect(shown(result.current)).toEqual(['success', 2, undefined])
    expect([await older, await newer, renders]).toEqual([1, 2, before])
  })

  it('B103 renders once per frame at most, however many were asked and answered in it', async () => {
    const { requests, connect, got, server, pass } = start()
    await connect()
    let renders = 0
    const { result } = renderHook(() => {
      renders += 1
      return useRequest(requests).data
    })
    const asking = renderHook(() => useRequest(requests)).result
    expect(result.current).toBeUndefined()
    const { result: own } = renderHook(() => {
      renders += 1
      const { request, data } = useRequest(requests)
      return { request, data }
    })
    const before = renders
    for (let n = 0; n < 500; n += 1) void own.current.request({ type: `${n}` })
    void asking.current.request({ type: 'not shown' })
    await pass()
    for (const { id, type } of got()) server.latest.send(JSON.stringify({ id, type: 'reply', payload: type }))
    await pass()
    await frame()
    expect(own.current.data).toBe('499')
    expect(renders - before).toBe(1)
  })

  it('B110 renders a component for the fields that it read, and for no other', async () => {
    const { requests, connect, answer, show } = start()
    await connect()
    const renders: Record<string, number> = {}
    const fields = ['status', 'data', 'error'] as const
    const mounted = [...fields, 'none' as const].map((field) => {
      const { result } = renderHook(() => {
        renders[field] = (renders[field] ?? 0) + 1
        const { request, reset, ...getters } = Object.getOwnPropertyDescriptors(useRequest(requests))
        if (field !== 'none') getters[field].get?.()
        return request.value
      })
      return [field, result] as const
    })
    const rendered = async (happens: () => Promise<void>) => {
      const before = { ...renders }
      await happens()
      return Object.keys(renders).filter((field) => renders[field] !== before[field])
    }
    const askAll = (type: string) =>
      rendered(async () => {
        for (const [, { current }] of mounted) void current?.({ type })
        await show()
      })
    expect(await askAll('read')).toEqual(['status'])
    expect(await rendered(() => answer('read', 1))).toEqual(['status', 'data'])
    expect(await askAll('write')).toEqual(['status'])
    expect(await rendered(() => answer('write', 'no', 'error'))).toEqual(['status', 'error'])
  })

  it('B110 follows a field that only a child reads', async () => {
    const { requests, connect, answer, show } = start()
    await connect()
    const Child = memo(({ of }: { of: UseRequestResult }) => <p>{String(of.data)}</p>)
    function Parent() {
      const given = useRequest(requests)
      useEffect(() => void given.request({ type: 'read' }), [given.request])
      return <Child of={given} />
    }
    const { container } = render(<Parent />)
    await show()
    await answer('read', 'Ada')
    expect(container.textContent).toBe('Ada')
  })
})

describe('the functions and the options', () => {
  it('B106 stay the same and are the newest, over 100 renders with new options', async () => {
    const { requests, connect, pass } = start()
    await connect()
    const { result, rerender } = renderHook(
      ({ timeout }) => useRequest(requests, { timeout, retry: false }),
      {
        initialProps: { timeout: 1_000 },
      },
    )
    const { request, reset } = result.current
    for (let n = 0; n < 100; n += 1) rerender({ timeout: 100 })
    expect([result.current.request, result.current.reset]).toEqual([request, reset])
    const [usual, patient] = [request({ type: 'a' }), request({ type: 'b' }, { timeout: 500 })]
    await pass(101)
    expect([await outcome(usual), await outcome(patient)]).toEqual(['REQUEST_TIMEOUT', 'pending'])
    await pass(500)
    expect(await outcome(patient)).toBe('REQUEST_TIMEOUT')
  })

  it('B94 retry sends again what a break has lost', async () => {
    const { requests, connect, answer, show, pass, server, types } = start()
    await connect()
    const { result } = renderHook(() => useRequest(requests, { retry: true }))
    const asked = result.current.request({ type: 'read' })
    await show()
    server.latest.die()
    await pass(10)
    await show()
    expect([result.current.status, types()]).toEqual(['pending', ['read', 'read']])
    await answer('read', 'Ada')
    expect([await asked, result.current.data]).toEqual(['Ada', 'Ada'])
  })
})

describe('where the requests come from', () => {
  it('is the nearest provider, with and without options', async () => {
    const { socket, requests, connect, answer, show } = start()
    await connect()
    const wrapper = ({ children }: { children: React.ReactNode }) => (
      <SocketProvider socket={socket} requests={requests}>
        {children}
      </SocketProvider>
    )
    for (const options of [[], [{ timeout: 5_000 }], [undefined, { timeout: 5_000 }]]) {
      const { result } = renderHook(() => useRequest(...(options as [])), { wrapper })
      void result.current.request({ type: 'read' })
      await show()
      await answer('read', 'Ada')
      expect(result.current.data).toBe('Ada')
    }
  })

  it('is not an outer provider, where the nearest has another socket', () => {
    const { socket, requests, create } = start()
    silenceErrors()
    render(
      <SocketProvider socket={socket} requests={requests}>
        <SocketProvider socket={create()}>
          <Boundary>
            <Show hook={() => useRequest().status} />
          </Boundary>
        </SocketProvider>
      </SocketProvider>,
    )
    expect(screen.getByRole('alert').textContent).toContain('useRequest() found no requests')
  })

  it('says without either what is missing, and how to mend it', () => {
    const { socket } = start()
    silenceErrors()
    const caught: unknown[] = []
    class Catcher extends Boundary {
      override componentDidCatch(error: unknown) {
        caught.push(error)
      }
    }
    render(
      <SocketProvider socket={socket}>
        <Catcher>
          <Show hook={() => useRequest({ timeout: 5 }).status} />
        </Catcher>
      </SocketProvider>,
    )
    expect(caught).toEqual([expect.objectContaining({ code: 'NO_SOCKET', name: 'SocketError' })])
    expect(screen.getByRole('alert').textContent).toBe(
      'useRequest() found no requests: wrap the tree in <SocketProvider socket={socket}> and give it requests as well, ' +
        'or pass them: useRequest(requests).',
    )
  })

  it('may change: what was asked before is aborted, and nothing of it is shown', async () => {
    const [one, other] = [start(), start()]
    const { result, rerender } = renderHook(({ requests }) => useRequest(requests), {
      initialProps: { requests: one.requests },
      reactStrictMode: true,
    })
    const waiting = result.current.request({ type: 'read' })
    await frame()
    expect([result.current.status, one.socket.queue.get().messages]).toEqual(['pending', 1])
    rerender({ requests: other.requests })
    await frame()
    expect(shown(result.current)).toEqual(['idle', undefined, undefined])
    expect([await outcome(waiting), one.socket.queue.get().messages]).toEqual(['ABORTED', 0])
    await other.connect()
    void result.current.request({ type: 'read' })
    await other.show()
    await other.answer('read', 'theirs')
    expect(result.current.data).toBe('theirs')
  })
})

describe('unmount', () => {
  it('B93 B113 takes back what waits and cancels what was sent, and warns nobody', async () => {
    const { requests, socket, connect, show, lose, types, pass, clock } = start()
    await connect()
    const warned = [vi.spyOn(console, 'error'), vi.spyOn(console, 'warn')]
    const first = renderHook(() => useRequest(requests), { reactStrictMode: true })
    const sent = first.result.current.request({ type: 'sent' })
    await show()
    first.unmount()
    expect(await outcome(sent)).toBe('ABORTED')
    await pass()
    expect(types()).toEqual(['sent', 'cancel'])
    await lose()
    const second = renderHook(() => shown(useRequest(requests)) && useRequest(requests))
    const waiting = second.result.current.request({ type: 'waiting' })
    await frame()
    expect(socket.queue.get().messages).toBe(1)
    second.unmount()
    expect([await outcome(waiting), socket.queue.get().messages]).toEqual(['ABORTED', 0])
    void socket.close()
    await pass(5_000)
    expect([types(), clock.timers]).toEqual([['sent', 'cancel'], 0])
    for (const spy of warned) expect(spy).not.toHaveBeenCalled()
  })

  it('B105 StrictMode’s second mount leaves alone what the first one asked', async () => {
    const { requests, connect, answer, show, types } = start()
    await connect()
    function Once() {
      const { request, data } = useRequest<string>(requests)
      const isAsked = useRef(false)
      useEffect(() => {
        if (!isAsked.current) void request({ type: 'read' })
        isAsked.current = true
      }, [request])
      return data
    }
    const { container } = render(
      <StrictMode>
        <Once />
      </StrictMode>,
    )
    await show()
    await answer('read', 'Ada')
    expect([container.textContent, types()]).toEqual(['Ada', ['read']])
  })

  it('B105 a request in each of StrictMode’s mounts shows the newest', async () => {
    const { requests, connect, answer, show } = start()
    await connect()
    function Each() {
      const { request, status, data } = useRequest<string>(requests)
      useEffect(() => void request({ type: 'read' }), [request])
      return [status, data].join()
    }
    const { container } = render(
      <StrictMode>
        <Each />
      </StrictMode>,
    )
    await show()
    expect(container.textContent).toBe('pending,')
    await answer('read', 'Ada')
    expect(container.textContent).toBe('success,Ada')
  })

  it('what is asked in the course of it, or later, goes out all the same', async () => {
    const { requests, connect, answer, show, types } = start()
    await connect()
    let farewell: Promise<unknown> = Promise.resolve()
    const { result, unmount } = renderHook(() => {
      const given = useRequest(requests)
      const { request } = given
      useEffect(
        () => () => {
          farewell = request({ type: 'leave' })
        },
        [request],
      )
      return given
    })
    const pending = result.current.request({ type: 'read' })
    unmount()
    expect([await outcome(pending), await outcome(farewell)]).toEqual(['ABORTED', 'pending'])
    await show()
    await answer('leave', 'bye')
    expect([await farewell, types()]).toEqual(['bye', ['read', 'leave', 'cancel']])
  })

  it('B113 an error that is thrown while it is pending aborts it', async () => {
    const { requests, connect, show } = start()
    await connect()
    silenceErrors()
    let asked: Promise<unknown> = Promise.resolve()
    function Faulty() {
      const { request, status } = useRequest(requests)
      useEffect(() => {
        asked = request({ type: 'read' })
      }, [request])
      if (status === 'pending') throw new Error('Faulty')
      return status
    }
    render(<Faulty />, { wrapper: Boundary })
    await show()
    expect(screen.getByRole('alert').textContent).toBe('Faulty')
    expect(await outcome(asked)).toBe('ABORTED')
  })

  it.skipIf(inject('react') === '18')(
    'B113 a component that suspends while it is pending keeps it (18 has no use())',
    async () => {
      const { requests, connect, answer, show } = start()
      await connect()
      let resolve = (_: string) => {}
      const other = new Promise<string>((done) => {
        resolve = done
      })
      function Suspending() {
        const { request, status, data } = useRequest<string>(requests)
        useEffect(() => void request({ type: 'read' }), [request])
        const text = status === 'idle' ? '' : React.use(other)
        return [status, data, text].join()
      }
      const { container } = render(
        <Suspense fallback="waits">
          <Suspending />
        </Suspense>,
      )
      await show()
      expect(container.textContent).toContain('waits')
      await act(async () => resolve('there'))
      await answer('read', 'Ada')
      expect(container.textContent).toBe('success,Ada,there')
    },
  )

  describe.skipIf(inject('react') === '18')('<Activity> (18 has none)', () => {
    it('aborts what is pending in a tree that is hidden, and shows what was there before', async () => {
      const { requests, connect, answer, show, types } = start()
      await connect()
      let given: UseRequestResult | undefined
      function Room() {
        given = useRequest(requests)
        return shown(given).join()
      }
      const page = (mode: 'hidden' | 'visible') => (
        <StrictMode>
          <React.Activity mode={mode}>
            <Room />
          </React.Activity>
        </StrictMode>
      )
      const { container, rerender } = render(page('visible'))
      void given?.request({ type: 'read' })
      await show()
      await answer('read', 'Ada')
      const hidden = given?.request({ type: 'more' }) as Promise<unknown>
      await show()
      expect(container.textContent).toBe('pending,Ada,')
      await act(async () => rerender(page('hidden')))
      expect(await outcome(hidden)).toBe('ABORTED')
      await act(async () => rerender(page('visible')))
      await frame()
      expect(container.textContent).toBe('success,Ada,')
      expect(types()).toEqual(['read', 'more', 'cancel'])
    })
  })
})
