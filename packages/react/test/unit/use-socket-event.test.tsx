// useSocketEvent: a handler for each event, never late, never twice, never stale.
import { json } from '@hawser/core'
import { act, render, renderHook } from '@testing-library/react'
import { StrictMode, useState } from 'react'
import { expect, it, vi } from 'vitest'
import { SocketProvider, useSocket, useSocketEvent } from '../../src'
import { frame, setUp, url } from '../support/set-up'

it('calls the handler for each message, at once and in order, and renders nothing', async () => {
  const { open, say } = setUp()
  const socket = await open()
  const heard: string[] = []
  socket.on('message', (message) => heard.push(`before ${message}`))
  let renders = 0
  renderHook(() => {
    renders += 1
    useSocketEvent(socket, 'message', (message) => heard.push(`handler ${message}`))
  })
  socket.on('message', (message) => heard.push(`after ${message}`))
  await say('a', 'b')
  expect(heard).toEqual(['before a', 'handler a', 'after a', 'before b', 'handler b', 'after b'])
  await frame()
  expect(renders).toBe(1)
})

it('B104 sees the same message twice', async () => {
  const { open, say } = setUp()
  const socket = await open()
  const heard: unknown[] = []
  renderHook(() => useSocketEvent(socket, 'message', (message) => heard.push(message)))
  await say('same', 'same')
  expect(heard).toEqual(['same', 'same'])
})

it('B112 sees the newest props and state, with one listener', async () => {
  const { open, say } = setUp()
  const socket = await open()
  const on = vi.spyOn(socket, 'on')
  const heard: unknown[] = []
  const { result, rerender } = renderHook(
    ({ name }) => {
      const [count, setCount] = useState(0)
      useSocketEvent(socket, 'message', (message) => heard.push(`${name} ${count} ${message}`))
      return setCount
    },
    { initialProps: { name: 'Ann' } },
  )
  await say('a')
  rerender({ name: 'Bob' })
  await say('b')
  act(() => result.current(1))
  await say('c')
  expect(heard).toEqual(['Ann 0 a', 'Bob 0 b', 'Bob 1 c'])
  expect(on).toHaveBeenCalledTimes(1)
})

it('B112 counts on from its own state between two messages that come in one turn', async () => {
  const { open, say } = setUp()
  const socket = await open()
  const { result } = renderHook(() => {
    const [count, setCount] = useState(0)
    useSocketEvent(socket, 'message', () => setCount((before) => before + 1))
    return count
  })
  await say('a', 'b', 'c')
  expect(result.current).toBe(3)
})

it('calls a handler once for each event under StrictMode', async () => {
  const { open, say } = setUp()
  const socket = await open()
  const handler = vi.fn()
  renderHook(() => useSocketEvent(socket, 'message', handler), { reactStrictMode: true })
  await say('a', 'b')
  expect(handler.mock.calls).toEqual([['a'], ['b']])
})

it('hears what comes with the acceptance of a connection that its own component makes', async () => {
  const { environment, pass } = setUp({ onOpen: (connection) => connection.send('hello') })
  const heard: unknown[] = []
  const { unmount } = renderHook(
    () => {
      const { socket } = useSocket(url, { environment })
      useSocketEvent(socket, 'open', () => heard.push('open'))
      useSocketEvent(socket, 'message', (message) => heard.push(message))
    },
    { reactStrictMode: true },
  )
  await pass()
  expect(heard).toEqual(['open', 'hello'])
  unmount()
})

it('tells what a handler throws, and what one rejects with, as an error with LISTENER', async () => {
  const { open, say } = setUp()
  const socket = await open()
  const errors: unknown[] = []
  const [thrown, rejected] = [new Error('thrown'), new Error('rejected')]
  socket.on('error', (error) => errors.push(error))
  const after = vi.fn()
  renderHook(() => {
    useSocketEvent(socket, 'message', () => {
      throw thrown
    })
    useSocketEvent(socket, 'message', async () => {
      throw rejected
    })
    useSocketEvent(socket, 'message', after)
  })
  await say('a', 'b')
  const told = (cause: Error) => expect.objectContaining({ code: 'LISTENER', cause })
  expect(errors).toHaveLength(4)
  expect(errors).toEqual(expect.arrayContaining([told(thrown), told(rejected)]))
  expect(after).toHaveBeenCalledTimes(2)
})

it('has every event, with its payload', async () => {
  const { create, server, pass } = setUp()
  const socket = create({ codec: json(), queue: false, retryDelay: () => 1_000 })
  const heard: string[] = []
  renderHook(() => {
    useSocketEvent(socket, 'state', (state) => heard.push('phase' in state ? state.phase : state.status))
    useSocketEvent(socket, 'open', ({ protocol }) => heard.push(`open "${protocol}"`))
    useSocketEvent(socket, 'message', (message) => heard.push(`message ${message}`))
    useSocketEvent(socket, 'close', ({ code }) => heard.push(`close ${code}`))
    useSocketEvent(socket, 'drop', ({ data }) => heard.push(`drop ${data}`))
    useSocketEvent(socket, 'error', ({ code }) => heard.push(`error ${code}`))
  })
  socket.send('too early')
  act(() => socket.connect())
  await pass()
  server.latest.send('no JSON')
  server.latest.send('"hello"')
  server.latest.die()
  await pass()
  expect(heard).toEqual([
    'drop "too early"',
    'credentials',
    'transport',
    'handshake',
    'open',
    'open ""',
    'error DECODE',
    'message hello',
    'waiting',
    'close 1006',
  ])
})

it('goes over to another event and to another socket, and hears no more of the old one', async () => {
  const [one, other] = [setUp(), setUp()]
  const sockets = [await one.open(), await other.open()] as const
  const heard: unknown[] = []
  const { rerender, unmount } = renderHook(
    ({ socket, event }: { socket: (typeof sockets)[number]; event: 'message' | 'state' }) =>
      useSocketEvent(socket, event, (payload) => heard.push(payload)),
    { initialProps: { socket: sockets[0], event: 'message' } as any },
  )
  rerender({ socket: sockets[1], event: 'message' })
  await one.say('old')
  await other.say('new')
  rerender({ socket: sockets[1], event: 'state' })
  await other.say('not a state')
  unmount()
  await act(async () => void sockets[1].close())
  expect(heard).toEqual(['new'])
})

it('finds the socket of the provider', async () => {
  const { open, say } = setUp()
  const socket = await open()
  const heard: unknown[] = []
  function Heard() {
    useSocketEvent('message', (message) => heard.push(message))
    return null
  }
  render(
    <StrictMode>
      <SocketProvider socket={socket}>
        <Heard />
      </SocketProvider>
    </StrictMode>,
  )
  await say('a')
  expect(heard).toEqual(['a'])
})
