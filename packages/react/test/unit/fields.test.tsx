// The fields that useSocket gives: each is followed by itself, and what nobody reads costs no render.
import { heartbeat, json } from '@hawser/core'
import { act, render, renderHook } from '@testing-library/react'
import { memo, StrictMode } from 'react'
import { describe, expect, it } from 'vitest'
import { type UseSocketResult, useSocket } from '../../src'
import { frame, Show, setUp, url } from '../support/set-up'

const fields = ['status', 'latency', 'queued', 'error', 'lastMessage'] as const
type Field = (typeof fields)[number]

/** A socket that is open, and what changes each of its fields and none of the others. */
async function start() {
  const rig = setUp({
    onMessage: (data, connection) => data === '{"type":"ping"}' && connection.send('{"type":"pong"}'),
  })
  const socket = await rig.open({
    codec: json(),
    retryDelay: () => 30_000,
    heartbeat: heartbeat({
      interval: 5_000,
      timeout: 1_000,
      ping: () => ({ type: 'ping' }),
      isPong: (message: any) => message.type === 'pong',
    }),
  } as never)
  const change: Record<Field, () => Promise<unknown> | unknown> = {
    lastMessage: () => rig.say('"hello"'),
    error: () => rig.say('no JSON'),
    latency: () => rig.pass(5_000),
    status: () => rig.server.latest.die(),
    queued: () => socket.send('waits'),
  }
  return { ...rig, socket, change }
}

describe('B110', () => {
  it('renders a component for the fields that it read, and for no other', async () => {
    const { socket, change, pass } = await start()
    const renders: Record<string, number> = {}
    const mount = (name: string, read: (result: UseSocketResult) => unknown) =>
      renderHook(() => {
        renders[name] = (renders[name] ?? 0) + 1
        return read(useSocket(socket))
      }).result
    for (const field of fields) mount(field, (result) => result[field])
    mount('none', ({ send, connect, close, socket }) => [send, connect, close, socket])
    const all = mount('all', (result) => fields.map((field) => result[field]))
    for (const field of ['lastMessage', 'error', 'latency', 'status', 'queued'] as const) {
      const before = { ...renders }
      await act(async () => void (await change[field]()))
      await pass()
      await frame()
      const rendered = Object.keys(renders).filter((name) => renders[name] !== before[name])
      expect(rendered.sort()).toEqual([field, 'all'].sort())
      expect(renders[field]).toBe((before[field] ?? 0) + 1)
    }
    expect(all.current).toEqual(['waiting', 0, 1, expect.objectContaining({ code: 'DECODE' }), 'hello'])
  })

  it('shows what changed together in one render', async () => {
    const { socket, say } = await start()
    let renders = 0
    const { result } = renderHook(() => {
      renders += 1
      const { lastMessage, error, queued } = useSocket(socket)
      return [lastMessage, error?.code, queued]
    })
    await say('1', 'no JSON', '2')
    await frame()
    expect(result.current).toEqual([2, 'DECODE', 0])
    expect(renders).toBe(2)
  })

  it('follows a field that only a child reads', async () => {
    const { socket, say } = await start()
    const Child = memo(({ of }: { of: UseSocketResult }) => <p>{String(of.lastMessage)}</p>)
    function Parent() {
      return <Child of={useSocket(socket)} />
    }
    const { container } = render(
      <StrictMode>
        <Parent />
      </StrictMode>,
    )
    await say('1')
    await frame()
    expect(container.textContent).toBe('1')
    await say('2')
    await frame()
    expect(container.textContent).toBe('2')
  })

  it('gives up to date what is read for the first time in a later render', async () => {
    const { socket, change, pass } = await start()
    const { result, rerender } = renderHook(
      ({ reads }) => {
        const given = useSocket(socket)
        return reads ? given.queued : undefined
      },
      { initialProps: { reads: false }, reactStrictMode: true },
    )
    await act(async () => void change.status())
    await pass()
    socket.send('waits')
    rerender({ reads: true })
    await frame()
    expect(result.current).toBe(1)
  })
})

it('keeps an error until the socket is open again', async () => {
  const { socket, say, server, pass } = await start()
  const { result } = renderHook(() => useSocket(socket).error?.code)
  await say('no JSON')
  await frame()
  expect(result.current).toBe('DECODE')
  await act(async () => server.latest.die())
  await pass()
  await frame()
  expect(result.current).toBe('DECODE')
  act(() => socket.connect())
  await pass()
  await frame()
  expect(result.current).toBeUndefined()
})

it('counts what waits, down to 0 when it went out', async () => {
  const { create, pass } = setUp()
  const socket = create()
  const { result } = renderHook(() => useSocket(socket).queued)
  socket.send('a')
  socket.send('b')
  await frame()
  expect(result.current).toBe(2)
  act(() => socket.connect())
  await pass()
  await frame()
  expect(result.current).toBe(0)
})

it('forgets the fields of the old URL with it', async () => {
  const { environment, pass, say } = setUp()
  const { result, rerender } = renderHook(
    ({ path }) => {
      const { lastMessage, error, status } = useSocket(url + path, { environment, codec: json() })
      return [status, lastMessage, error?.code]
    },
    { initialProps: { path: 'a' }, reactStrictMode: true },
  )
  await pass()
  await say('1', 'no JSON')
  await frame()
  expect(result.current).toEqual(['open', 1, 'DECODE'])
  rerender({ path: 'b' })
  expect(result.current).toEqual(['connecting', undefined, undefined])
  await pass()
  await frame()
  expect(result.current).toEqual(['open', undefined, undefined])
})

it('takes nothing of a socket that nobody reads', async () => {
  const { server, open, say } = setUp()
  const socket = await open({ inboundBuffer: 2 })
  render(<Show hook={() => typeof useSocket(socket).send} />)
  await say('kept', 'for the first listener')
  const heard: unknown[] = []
  socket.on('message', (message) => heard.push(message))
  await act(async () => {})
  expect(heard).toEqual(['kept', 'for the first listener'])
  expect(server.live).toBe(1)
})
