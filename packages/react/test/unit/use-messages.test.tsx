// useMessages: the last messages as they were, once per frame.
import { render, renderHook, screen } from '@testing-library/react'
import { expect, it, vi } from 'vitest'
import { SocketProvider, useMessages, useSocket } from '../../src'
import { Boundary, frame, Show, setUp, silenceErrors, url } from '../support/set-up'

it('gives what came since the mount, oldest first, in one render for each frame', async () => {
  const { open, say } = setUp()
  const socket = await open()
  socket.on('message', () => {})
  await say('before')
  const seen: (readonly unknown[])[] = []
  renderHook(() => seen.push(useMessages(socket)))
  await say('a', 'b')
  await say('c')
  expect(seen).toEqual([[]])
  await frame()
  await say('d')
  await frame()
  await frame()
  expect(seen).toEqual([[], ['a', 'b', 'c'], ['a', 'b', 'c', 'd']])
})

it('B104 keeps the same message twice', async () => {
  const { open, say } = setUp()
  const socket = await open()
  const { result } = renderHook(() => useMessages(socket))
  await say('same', 'same')
  await frame()
  expect(result.current).toEqual(['same', 'same'])
})

it('is the same array until another message came, and never changes one that it gave', async () => {
  const { open, say } = setUp()
  const socket = await open()
  const { result, rerender } = renderHook(() => useMessages(socket, { limit: 2 }))
  const empty = result.current
  rerender()
  expect(result.current).toBe(empty)
  await say('a', 'b')
  await frame()
  const two = result.current
  rerender()
  await frame()
  expect(result.current).toBe(two)
  await say('c')
  await frame()
  expect(result.current).toEqual(['b', 'c'])
  expect(two).toEqual(['a', 'b'])
})

it('keeps 100, or as many as the newest limit says', async () => {
  const { open, say } = setUp()
  const socket = await open()
  const { result, rerender } = renderHook(({ limit }) => useMessages(socket, { limit }), {
    initialProps: { limit: undefined } as { limit: number | undefined },
  })
  const all = Array.from({ length: 350 }, (_, i) => String(i))
  await say(...all)
  await frame()
  expect(result.current).toEqual(all.slice(-100))
  rerender({ limit: 3 })
  await say('more')
  await frame()
  expect(result.current).toEqual(['348', '349', 'more'])
})

it('filters with the newest filter, and renders nothing for what does not count', async () => {
  const { open, say } = setUp()
  const socket = await open()
  let renders = 0
  const { result, rerender } = renderHook(
    ({ prefix }) => {
      renders += 1
      return useMessages(socket, { filter: (message) => String(message).startsWith(prefix) })
    },
    { initialProps: { prefix: 'a' } },
  )
  await say('a1', 'b1')
  await frame()
  expect(renders).toBe(2)
  await say('b2')
  await frame()
  expect(renders).toBe(2)
  rerender({ prefix: 'b' })
  await say('a3', 'b3')
  await frame()
  expect(result.current).toEqual(['a1', 'b3'])
})

it('tells what a filter throws as an error with LISTENER, and does not count that message', async () => {
  const { open, say } = setUp()
  const socket = await open()
  const errors: unknown[] = []
  socket.on('error', (error) => errors.push(error))
  const filter = (message: unknown) => {
    if (message === 'bad') throw new Error('Faulty filter')
    return true
  }
  const { result } = renderHook(() => useMessages(socket, { filter }))
  await say('a', 'bad', 'b')
  await frame()
  expect(result.current).toEqual(['a', 'b'])
  expect(errors).toEqual([expect.objectContaining({ code: 'LISTENER' })])
})

it('begins anew with another socket', async () => {
  const [one, other] = [setUp(), setUp()]
  const sockets = [await one.open(), await other.open()] as const
  const { result, rerender } = renderHook(({ socket }) => useMessages(socket), {
    initialProps: { socket: sockets[0] },
  })
  await one.say('old')
  await frame()
  await one.say('late')
  rerender({ socket: sockets[1] })
  expect(result.current).toEqual([])
  await frame()
  expect(result.current).toEqual([])
  await other.say('new')
  await frame()
  expect(result.current).toEqual(['new'])
})

it('sees each message once under StrictMode, also the first of its own connection', async () => {
  const { environment, pass } = setUp({ onOpen: (connection) => connection.send('hello') })
  const { result } = renderHook(() => useMessages(useSocket(url, { environment }).socket), {
    reactStrictMode: true,
  })
  await pass()
  await frame()
  expect(result.current).toEqual(['hello'])
})

it('does not listen any more once unmounted', async () => {
  const { open, say } = setUp()
  const socket = await open()
  const filter = vi.fn(() => true)
  const { unmount } = renderHook(() => useMessages(socket, { filter }))
  unmount()
  await say('late')
  await frame()
  expect(filter).not.toHaveBeenCalled()
})

it('finds the socket of the provider, with and without options', async () => {
  const { open, say } = setUp()
  const socket = await open()
  const { container } = render(
    <SocketProvider socket={socket}>
      <Show hook={() => [useMessages().join(), useMessages({ limit: 1 }).join()].join(' ')} />
    </SocketProvider>,
  )
  await say('a', 'b')
  await frame()
  expect(container.textContent).toBe('a,b b')
})

it('throws for a limit below 1, naming it', () => {
  const { create } = setUp()
  const socket = create()
  silenceErrors()
  render(<Show hook={() => useMessages(socket, { limit: 0 }).length} />, { wrapper: Boundary })
  expect(screen.getByRole('alert').textContent).toMatch(/useMessages.*limit/)
})
