// useLastMessage: the last one, once per frame.
import { render, renderHook } from '@testing-library/react'
import { expect, it } from 'vitest'
import { SocketProvider, useLastMessage } from '../../src'
import { frame, Show, setUp } from '../support/set-up'

it('gives the last message since the mount, in one render for each frame', async () => {
  const { open, say } = setUp()
  const socket = await open()
  const seen: unknown[] = []
  renderHook(() => seen.push(useLastMessage(socket)), { reactStrictMode: false })
  await say('a', 'b')
  expect(seen).toEqual([undefined])
  await frame()
  await say('c')
  await frame()
  await frame()
  expect(seen).toEqual([undefined, 'b', 'c'])
})

it('renders nothing for the same text again', async () => {
  const { open, say } = setUp()
  const socket = await open()
  let renders = 0
  renderHook(() => {
    renders += 1
    useLastMessage(socket)
  })
  await say('same')
  await frame()
  await say('same')
  await frame()
  expect(renders).toBe(2)
})

it('filters with the newest filter', async () => {
  const { open, say } = setUp()
  const socket = await open()
  const { result, rerender } = renderHook(
    ({ prefix }) => useLastMessage(socket, (message) => String(message).startsWith(prefix)),
    { initialProps: { prefix: 'a' } },
  )
  await say('a1', 'b1')
  await frame()
  expect(result.current).toBe('a1')
  rerender({ prefix: 'b' })
  await say('b2', 'a2')
  await frame()
  expect(result.current).toBe('b2')
})

it('filters by type', async () => {
  const { open, say } = setUp()
  const socket = await open()
  const isText = (message: unknown): message is string => typeof message === 'string'
  const { result } = renderHook(() => useLastMessage(socket, isText)?.toUpperCase())
  await say('a')
  await frame()
  expect(result.current).toBe('A')
})

it('begins anew with another socket, and hears no more of the old one', async () => {
  const [one, other] = [setUp(), setUp()]
  const sockets = [await one.open(), await other.open()] as const
  const { result, rerender } = renderHook(({ socket }) => useLastMessage(socket), {
    initialProps: { socket: sockets[0] },
    reactStrictMode: true,
  })
  await one.say('old')
  await frame()
  expect(result.current).toBe('old')
  await one.say('late')
  rerender({ socket: sockets[1] })
  await frame()
  expect(result.current).toBeUndefined()
  await other.say('new')
  await frame()
  expect(result.current).toBe('new')
})

it('finds the socket of the provider, with and without a filter', async () => {
  const { open, say } = setUp()
  const socket = await open()
  const { container } = render(
    <SocketProvider socket={socket}>
      <Show hook={() => `${useLastMessage()} ${useLastMessage((message) => message === 'a')}`} />
    </SocketProvider>,
  )
  await say('a', 'b')
  await frame()
  expect(container.textContent).toBe('b a')
})
