// useSocketState in a page: follows the store, and renders no more often than what it selects changes.
import { createSocket, type SocketState } from '@hawser/core'
import { act, render, renderHook } from '@testing-library/react'
import { expect, it, vi } from 'vitest'
import { SocketProvider, useSocketState } from '../../src'
import { Show, setUp } from '../support/set-up'

function start() {
  const rig = setUp()
  const socket = createSocket('ws://memory.test/', { environment: { ...rig.environment, random: () => 0.5 } })
  return { ...rig, socket }
}

it('renders at each state of the socket, with the snapshot of its store', async () => {
  const { socket, server, pass } = start()
  const seen: SocketState[] = []
  renderHook(() => seen.push(useSocketState(socket)))
  act(() => socket.connect())
  await pass()
  server.latest.die()
  await pass()
  expect(seen.map(({ status }) => status)).toEqual(['idle', 'connecting', 'open', 'waiting'])
  expect(seen.at(-1)).toBe(socket.state.get())
})

it('renders for what is selected alone', async () => {
  const { socket, pass } = start()
  const seen: boolean[] = []
  renderHook(() => seen.push(useSocketState(socket, ({ status }) => status === 'open')))
  act(() => socket.connect())
  await pass()
  expect(seen).toEqual([false, true])
})

it('takes a selector that is new at each render and makes a new object each time', async () => {
  const { socket, pass } = start()
  const complaint = vi.spyOn(console, 'error')
  let renders = 0
  const { result, rerender } = renderHook(() => {
    renders += 1
    return useSocketState(socket, ({ status }) => ({ status }))
  })
  rerender()
  expect(renders).toBe(2)
  act(() => socket.connect())
  await pass()
  expect(result.current).toEqual({ status: 'open' })
  expect(complaint).not.toHaveBeenCalled()
})

it('selects with the newest selector', () => {
  const { socket } = start()
  const { result, rerender } = renderHook(
    ({ word }) => useSocketState(socket, (state) => word + state.status),
    {
      initialProps: { word: 'is ' },
    },
  )
  rerender({ word: 'was ' })
  expect(result.current).toBe('was idle')
})

it('finds the socket of the provider, with and without a selector', async () => {
  const { socket, pass } = start()
  const { container } = render(
    <SocketProvider socket={socket}>
      <Show hook={() => [useSocketState().status, useSocketState(({ status }) => status.length)].join()} />
    </SocketProvider>,
  )
  act(() => socket.connect())
  await pass()
  expect(container.textContent).toBe('open,4')
})

it('says what is missing, and how to mend it', () => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  expect(() => renderHook(() => useSocketState())).toThrow(
    expect.objectContaining({
      code: 'NO_SOCKET',
      message: expect.stringMatching(
        /useSocketState\(\) found no socket.*<SocketProvider.*useSocketState\(socket\)/,
      ),
    }),
  )
})

it('does not listen any more once unmounted', async () => {
  const { socket, pass } = start()
  const select = vi.fn((state: SocketState) => state.status)
  const { unmount } = renderHook(() => useSocketState(socket, select))
  unmount()
  select.mockClear()
  act(() => socket.connect())
  await pass()
  expect(select).not.toHaveBeenCalled()
})

it('ends as a stable closed when the socket was disposed', async () => {
  const { socket, pass } = start()
  const { result } = renderHook(() => useSocketState(socket))
  act(() => socket.connect())
  await pass()
  await act(async () => void socket.close())
  await pass(10_000)
  expect(result.current).toMatchObject({ status: 'closed', cause: { origin: 'user' } })
})
