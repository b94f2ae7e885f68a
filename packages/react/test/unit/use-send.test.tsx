// useSend: what a component sent, with what became of each message.
import { acks, json, offlineQueue } from '@hawser/core'
import { act, fireEvent, render, renderHook, screen } from '@testing-library/react'
import { expect, it } from 'vitest'
import { SocketProvider, useSend, useSocket } from '../../src'
import { Boundary, frame, Show, setUp, silenceErrors, url } from '../support/set-up'

const fates = ({ messages }: ReturnType<typeof useSend<any>>) =>
  messages.map(({ message, status }) => `${message} ${status}`)

it('shows what waits as queued, and as sent once it went out', async () => {
  const { create, server, pass } = setUp()
  const socket = create()
  let renders = 0
  const { result } = renderHook(() => {
    renders += 1
    return useSend(socket)
  })
  act(() => void result.current.send('a'))
  const receipt = result.current.send('b')
  expect(receipt.status).toBe('queued')
  await frame()
  expect(fates(result.current)).toEqual(['a queued', 'b queued'])
  expect(result.current.messages[1]?.id).toBe(receipt.id)
  expect(renders).toBe(2)
  act(() => socket.connect())
  await pass()
  await frame()
  expect(fates(result.current)).toEqual(['a sent', 'b sent'])
  expect(server.latest.received).toEqual(['a', 'b'])
  expect(renders).toBe(3)
})

it('shows what goes straight out as sent', async () => {
  const { open } = setUp()
  const socket = await open()
  const { result } = renderHook(() => useSend(socket))
  act(() => void result.current.send('a'))
  await frame()
  expect(fates(result.current)).toEqual(['a sent'])
})

it('B71 shows as confirmed what the server acknowledged, in one render', async () => {
  const { open, say } = setUp()
  const queue = offlineQueue({ confirm: acks({ isAck: (message) => message.ack }) })
  const socket = await open({ codec: json(), queue })
  let renders = 0
  const { result } = renderHook(() => {
    renders += 1
    return useSend<{ id: string }>(socket)
  })
  act(() => ['a', 'b', 'c'].forEach((id) => void result.current.send({ id })))
  await frame()
  const shown = () => result.current.messages.map(({ id, status }) => `${id} ${status}`)
  expect(shown()).toEqual(['a sent', 'b sent', 'c sent'])
  const before = renders
  await say('{"ack":"a"}', '{"ack":"b"}')
  await frame()
  expect(shown()).toEqual(['a confirmed', 'b confirmed', 'c sent'])
  expect(renders).toBe(before + 1)
})

it('shows why a message was dropped', async () => {
  const { open, pass } = setUp({ mode: 'ignore' })
  const socket = await open()
  const { result } = renderHook(() => useSend(socket))
  act(() => {
    result.current.send('short-lived', { ttl: 1_000 })
    result.current.send('draft', { key: 'draft' })
    result.current.send('newer draft', { key: 'draft' })
    result.current.send('now or never', { queue: false })
  })
  await pass(1_001)
  await frame()
  expect(fates(result.current)).toEqual([
    'short-lived dropped',
    'draft dropped',
    'newer draft queued',
    'now or never dropped',
  ])
  expect(result.current.messages.map(({ error }) => error?.code)).toEqual([
    'EXPIRED',
    'REPLACED',
    undefined,
    'NOT_OPEN',
  ])
})

it('takes a message back while it waits, and says whether it still could', async () => {
  const { create, server, pass } = setUp()
  const socket = create()
  function Compose() {
    const { send, messages, clear } = useSend(socket)
    return (
      <>
        <button type="button" onClick={() => send('hi')}>
          Send
        </button>
        {messages.map(({ id, message, status, error, cancel }) => (
          <p key={id}>
            {String(message)} {status} {error?.code}
            <button type="button" onClick={cancel}>
              Take back
            </button>
            <button type="button" onClick={() => clear(id)}>
              Forget
            </button>
          </p>
        ))}
      </>
    )
  }
  const { container } = render(<Compose />)
  const shown = () => [...container.querySelectorAll('p')].map((line) => line.firstChild?.textContent)
  fireEvent.click(screen.getByText('Send'))
  await frame()
  expect(container.querySelector('p')?.textContent).toContain('hi queued')
  fireEvent.click(screen.getByText('Take back'))
  await pass()
  await frame()
  expect(container.querySelector('p')?.textContent).toContain('hi dropped CANCELLED')
  fireEvent.click(screen.getByText('Forget'))
  await frame()
  expect(shown()).toEqual([])
  act(() => socket.connect())
  await pass()
  expect(server.latest.received).toEqual([])
})

it('says of a message that went out that it cannot be taken back', async () => {
  const { open } = setUp()
  const socket = await open()
  const { result } = renderHook(() => useSend(socket))
  act(() => void result.current.send('a'))
  await frame()
  expect(result.current.messages[0]?.cancel()).toBe(false)
  expect(fates(result.current)).toEqual(['a sent'])
})

it('keeps a message the same object until its fate changes, and the array until one of them does', async () => {
  const { open, pass } = setUp({ mode: 'ignore' })
  const socket = await open()
  const { result, rerender } = renderHook(() => useSend(socket))
  act(() => {
    result.current.send('kept')
    result.current.send('short-lived', { ttl: 10 })
  })
  await frame()
  const { messages } = result.current
  rerender()
  expect(result.current.messages).toBe(messages)
  await pass(11)
  await frame()
  expect(result.current.messages).not.toBe(messages)
  expect(result.current.messages[0]).toBe(messages[0])
  expect(messages[1]?.status).toBe('queued')
})

it('gives the same functions at each render', () => {
  const { create } = setUp()
  const socket = create()
  const { result, rerender } = renderHook(() => useSend(socket))
  const { send, clear } = result.current
  rerender()
  expect(result.current.send).toBe(send)
  expect(result.current.clear).toBe(clear)
})

it('forgets all, and sends what waits all the same', async () => {
  const { create, server, pass } = setUp()
  const socket = create()
  const { result } = renderHook(() => useSend(socket))
  act(() => void ['a', 'b'].map((message) => result.current.send(message)))
  await frame()
  act(() => result.current.clear())
  await frame()
  expect(result.current.messages).toEqual([])
  act(() => socket.connect())
  await pass()
  await frame()
  expect(server.latest.received).toEqual(['a', 'b'])
  expect(result.current.messages).toEqual([])
})

it('keeps 100, or as many as the newest limit says', async () => {
  const { create } = setUp()
  const socket = create()
  const { result, rerender } = renderHook(({ limit }) => useSend(socket, { limit }), {
    initialProps: { limit: undefined } as { limit: number | undefined },
  })
  act(() => {
    for (let i = 0; i < 120; i += 1) result.current.send(String(i))
  })
  await frame()
  expect(result.current.messages.map(({ message }) => message)).toEqual(
    Array.from({ length: 100 }, (_, i) => String(i + 20)),
  )
  rerender({ limit: 2 })
  act(() => void result.current.send('last'))
  await frame()
  expect(fates(result.current)).toEqual(['119 queued', 'last queued'])
})

it('shows what a component sends in its first effects, under StrictMode and without a connection yet', async () => {
  const { environment, pass, server } = setUp()
  const { result } = renderHook(() => useSend(useSocket(url, { environment }).socket), {
    reactStrictMode: true,
  })
  act(() => void result.current.send('early'))
  await frame()
  expect(fates(result.current)).toEqual(['early queued'])
  await pass()
  await frame()
  expect(fates(result.current)).toEqual(['early sent'])
  expect(server.connections.flatMap(({ received }) => received)).toEqual(['early'])
})

it('goes back to queued for a message that died in the buffer of its transport, and to sent with the next', async () => {
  const { open, server, pass } = setUp({ buffered: 'manual' })
  const socket = await open({ retryDelay: () => 10 })
  const { result } = renderHook(() => useSend(socket))
  act(() => void result.current.send('a'))
  await frame()
  expect(fates(result.current)).toEqual(['a sent'])
  server.latest.die()
  await pass()
  await frame()
  expect(fates(result.current)).toEqual(['a queued'])
  await pass(10)
  await frame()
  expect(fates(result.current)).toEqual(['a sent'])
})

it('shows its own messages alone', async () => {
  const { create } = setUp()
  const socket = create()
  const [mine, theirs] = [renderHook(() => useSend(socket)), renderHook(() => useSend(socket))]
  act(() => void mine.result.current.send('mine'))
  socket.send("nobody's")
  await frame()
  expect(fates(mine.result.current)).toEqual(['mine queued'])
  expect(theirs.result.current.messages).toEqual([])
})

it('begins anew with another socket', async () => {
  const { create } = setUp()
  const sockets = [create(), create()] as const
  const { result, rerender } = renderHook(({ socket }) => useSend(socket), {
    initialProps: { socket: sockets[0] },
  })
  act(() => void result.current.send('old'))
  await frame()
  rerender({ socket: sockets[1] })
  expect(result.current.messages).toEqual([])
  act(() => void result.current.send('new'))
  await frame()
  expect(fates(result.current)).toEqual(['new queued'])
  expect(sockets.map((socket) => socket.queue.get().messages)).toEqual([1, 1])
})

it('finds the socket of the provider, with and without options', async () => {
  const { create } = setUp()
  const socket = create()
  const { container } = render(
    <SocketProvider socket={socket}>
      <Show hook={() => `${typeof useSend().send} ${useSend({ limit: 1 }).messages.length}`} />
    </SocketProvider>,
  )
  expect(container.textContent).toBe('function 0')
})

it('throws for a limit below 1, naming it', () => {
  const { create } = setUp()
  const socket = create()
  silenceErrors()
  render(<Show hook={() => useSend(socket, { limit: 0 }).messages.length} />, { wrapper: Boundary })
  expect(screen.getByRole('alert').textContent).toMatch(/useSend.*limit/)
})
