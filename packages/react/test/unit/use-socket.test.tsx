// useSocket in a page: one transport whatever React does, and no render that nobody needs.
import {
  createSocket,
  json,
  type Receipt,
  type SocketError,
  type SocketOptions,
  tokenAuth,
} from '@hawser/core'
import { act, render, renderHook, screen } from '@testing-library/react'
import { StrictMode, useEffect } from 'react'
import { describe, expect, it, vi } from 'vitest'
import { SocketProvider, type SocketUrl, type UseSocketOptions, useSocket } from '../../src'
import { Boundary, grace, Show, setUp, silenceErrors, unheldLife } from '../support/set-up'

const url = 'ws://memory.test/a'
const otherUrl = 'ws://memory.test/b'

describe('useSocket(url)', () => {
  /** The hook with a URL that can be changed, counting renders. */
  function mount(
    initial: SocketUrl | null,
    { strict = false, ...options }: SocketOptions & { strict?: boolean } = {},
  ) {
    const rig = setUp()
    let renders = 0
    const hook = renderHook(
      ({ to }: { to: SocketUrl | null }) => {
        renders += 1
        const result = useSocket(to, { ...options, environment: rig.environment })
        return { ...result, status: result.status, socket: result.socket }
      },
      { initialProps: { to: initial }, reactStrictMode: strict },
    )
    const go = async (to: SocketUrl | null) => {
      hook.rerender({ to })
      await rig.pass()
    }
    return { ...rig, ...hook, go, now: () => hook.result.current, renders: () => renders }
  }

  it('connects once mounted and closes once unmounted', async () => {
    const { server, clock, now, pass, unmount } = mount(url)
    expect(now().status).toBe('connecting')
    await pass()
    expect(now().status).toBe('open')
    expect(server.latest.url).toBe(url)
    unmount()
    await pass(grace)
    expect(server.connections).toHaveLength(1)
    expect([server.live, clock.timers]).toEqual([0, 0])
  })

  it('B105 makes one transport under StrictMode, and aborts none', async () => {
    const { server, now, pass } = mount(url, { strict: true })
    await pass()
    await pass(grace)
    expect(now().status).toBe('open')
    expect(server.connections).toHaveLength(1)
    expect(server.log.map(({ type }) => type)).toEqual(['connect', 'accept'])
  })

  it('B106 makes one transport over 1 000 renders with new options, and calls the newest function', async () => {
    const { server, environment, pass } = setUp()
    const called: string[] = []
    const { rerender } = renderHook(
      ({ round }: { round: number }) =>
        useSocket(
          () => {
            called.push(`url ${round}`)
            return url
          },
          {
            codec: json(),
            environment: { ...environment },
            retryDelay: () => {
              called.push(`retryDelay ${round}`)
              return 0
            },
          },
        ),
      { initialProps: { round: 1 } },
    )
    await pass()
    for (let round = 2; round <= 1_000; round += 1) rerender({ round })
    await pass(grace)
    expect(server.connections).toHaveLength(1)
    server.latest.die()
    await pass(1)
    expect(called).toEqual(['url 1', 'retryDelay 1000', 'url 1000'])
  })

  it('B106 asks the newest getToken of an auth value that is made anew at each render', async () => {
    const { server, environment, pass } = setUp()
    const asked: number[] = []
    const { rerender } = renderHook(
      ({ round }: { round: number }) =>
        useSocket('wss://memory.test/', {
          environment,
          retryDelay: () => 0,
          auth: tokenAuth({
            attach: 'query',
            getToken: () => {
              asked.push(round)
              return `token-${round}`
            },
          }),
        } as UseSocketOptions),
      { initialProps: { round: 1 }, reactStrictMode: true },
    )
    await pass()
    for (let round = 2; round <= 1_000; round += 1) rerender({ round })
    server.latest.die()
    await pass(1)
    expect(asked).toEqual([1, 1_000])
    expect(server.connections.map((connection) => connection.url)).toEqual([
      expect.stringContaining('token-1'),
      expect.stringContaining('token-1000'),
    ])
  })

  it('keeps a function that the newest options lack', async () => {
    const { server, environment, pass } = setUp()
    const retryDelay = vi.fn(() => 50_000)
    const { rerender } = renderHook(
      ({ options }: { options: SocketOptions }) => useSocket(url, { environment, ...options }),
      { initialProps: { options: { retryDelay } } as { options: SocketOptions } },
    )
    await pass()
    rerender({ options: {} })
    server.latest.die()
    await pass()
    expect(retryDelay).toHaveBeenCalledTimes(1)
  })

  it('B108 moves over when the URL changes, and hears no more of the old one', async () => {
    const { server, now, go, pass, renders } = mount(url)
    await pass()
    const before = now()
    await go(otherUrl)
    expect(server.connections.map((connection) => connection.url)).toEqual([url, otherUrl])
    expect(now().status).toBe('open')
    expect(now().socket).not.toBe(before.socket)
    expect(now().send).not.toBe(before.send)
    expect(server.log.map(({ connection, type }) => `${connection} ${type}`)).toEqual([
      '0 connect',
      '0 accept',
      '1 connect',
      '0 close',
      '1 accept',
    ])
    const rendered = renders()
    server.connections[0]?.die()
    await pass(grace)
    expect(renders()).toBe(rendered)
    expect(server.connections).toHaveLength(2)
    expect(server.live).toBe(1)
  })

  it('B91 never sends what waits for one URL to another, and says so', async () => {
    const { server, now, go, pass } = mount(url)
    server.mode = 'ignore'
    await pass()
    const receipt = now().send('for a')
    const drops: unknown[] = []
    now().socket.on('drop', ({ data, error }) => drops.push(data, error.code))
    server.mode = 'accept'
    await go(otherUrl)
    expect(now().status).toBe('open')
    expect(server.connections.flatMap(({ received }) => received)).toEqual([])
    expect(receipt.status).toBe('dropped')
    expect(drops).toEqual(['for a', 'CLEARED'])
  })

  it('B91 is another socket for another identity, and never sends what waits as another', async () => {
    const { server, environment, pass } = setUp({ mode: 'ignore' })
    const { result, rerender } = renderHook(({ identity }) => useSocket(url, { environment, identity }), {
      initialProps: { identity: 'ann' },
      reactStrictMode: true,
    })
    await pass()
    const { socket, send } = result.current
    const receipt = send("ann's")
    server.mode = 'accept'
    rerender({ identity: 'bob' })
    await pass()
    expect(result.current.socket).not.toBe(socket)
    expect(receipt.status).toBe('dropped')
    expect(server.connections.flatMap(({ received }) => received)).toEqual([])
    expect(server.live).toBe(1)
    rerender({ identity: 'bob' })
    await pass(grace)
    expect(server.connections).toHaveLength(2)
  })

  it('takes a URL that reads the same for the same', async () => {
    const { server, go, pass } = mount(url)
    await pass()
    await go(new URL(url))
    await go(new URL(url))
    await pass(grace)
    expect(server.connections).toHaveLength(1)
  })

  it('makes no connection for null, and what is sent waits for the first URL', async () => {
    const { server, clock, now, go, pass } = mount(null, { strict: true })
    await pass(grace)
    expect(now().status).toBe('idle')
    expect([server.connections.length, clock.timers]).toEqual([0, 0])
    const { socket, send } = now()
    const receipt = send('early')
    await go(url)
    expect(now().socket).toBe(socket)
    expect(server.latest.received).toEqual(['early'])
    expect(receipt.status).toBe('sent')
  })

  it('closes when the URL becomes null, and goes on with the same socket when it comes back', async () => {
    const { server, now, go, pass } = mount(url)
    await pass()
    const { socket } = now()
    await go(null)
    await pass(grace)
    expect(now().status).toBe('closed')
    expect(server.live).toBe(0)
    now().send('meanwhile')
    await go(url)
    expect(now().status).toBe('open')
    expect(now().socket).toBe(socket)
    expect(server.latest.received).toEqual(['meanwhile'])
    expect(server.connections).toHaveLength(2)
  })

  it('keeps the connection when null was but a moment', async () => {
    const { server, now, go, pass } = mount(url)
    await pass()
    await go(null)
    await go(url)
    await pass(grace)
    expect(now().status).toBe('open')
    expect(server.connections).toHaveLength(1)
  })

  it('takes undefined for a URL that is not known yet, also below a provider', async () => {
    const { server, environment, pass, create } = setUp()
    const provided = create()
    const { result, rerender } = renderHook(
      ({ to }: { to: string | undefined }) => {
        const { socket, status } = useSocket(to, { environment })
        return { socket, status }
      },
      {
        initialProps: { to: undefined } as { to: string | undefined },
        wrapper: ({ children }) => <SocketProvider socket={provided}>{children}</SocketProvider>,
      },
    )
    await pass(grace)
    expect(result.current.status).toBe('idle')
    expect(result.current.socket).not.toBe(provided)
    rerender({ to: url })
    await pass()
    expect(result.current.status).toBe('open')
    expect(server.connections).toHaveLength(1)
  })

  it('connects once enabled, closes when no longer, and keeps what is sent meanwhile', async () => {
    const { server, environment, pass } = setUp()
    const { result, rerender } = renderHook(
      ({ enabled }) => {
        const { socket, status, send } = useSocket(url, { environment, enabled })
        return { socket, status, send }
      },
      { initialProps: { enabled: false }, reactStrictMode: true },
    )
    await pass(grace)
    expect([result.current.status, server.connections.length]).toEqual(['idle', 0])
    const { socket, send } = result.current
    send('early')
    rerender({ enabled: true })
    await pass()
    expect(server.latest.received).toEqual(['early'])
    rerender({ enabled: false })
    await pass(grace)
    expect([result.current.status, server.live]).toEqual(['closed', 0])
    send('meanwhile')
    rerender({ enabled: true })
    await pass()
    expect(server.latest.received).toEqual(['meanwhile'])
    expect(result.current.socket).toBe(socket)
    expect(server.connections).toHaveLength(2)
  })

  it('B107 shares one socket among components, for as long as one of them is enabled and there', async () => {
    const { server, environment, pass, left } = setUp()
    const Part = ({ enabled = true }) => (
      <Show hook={() => useSocket(url, { environment: { ...environment }, enabled }).status} />
    )
    const { rerender, unmount, container } = render(
      <StrictMode>
        <Part key="a" />
        <Part key="b" />
        <Part key="c" enabled={false} />
      </StrictMode>,
    )
    await pass()
    expect(container.textContent).toBe('openopenopen')
    rerender(
      <StrictMode>
        <Part key="b" />
        <Part key="c" enabled={false} />
      </StrictMode>,
    )
    await pass(grace)
    expect(container.textContent).toBe('openopen')
    rerender(
      <StrictMode>
        <Part key="c" enabled={false} />
      </StrictMode>,
    )
    await pass(grace)
    expect(container.textContent).toBe('closed')
    expect(server.connections).toHaveLength(1)
    unmount()
    await pass(grace)
    expect(left()).toEqual([0, 0])
  })

  it('B107 shares one socket between two roots', async () => {
    const { server, environment, pass, left } = setUp()
    const roots = [0, 1].map(() => render(<Show hook={() => useSocket(url, { environment }).status} />))
    await pass()
    expect(roots.map(({ container }) => container.textContent)).toEqual(['open', 'open'])
    roots[0]?.unmount()
    await pass(grace)
    expect(roots[1]?.container.textContent).toBe('open')
    expect(server.connections).toHaveLength(1)
    roots[1]?.unmount()
    await pass(grace)
    expect(left()).toEqual([0, 0])
  })

  it('B106 calls the functions of the component that rendered last', async () => {
    const { server, environment, pass } = setUp()
    const called: string[] = []
    const mount = (name: string) =>
      renderHook(() =>
        useSocket(url, {
          environment,
          retryDelay: () => {
            called.push(name)
            return 0
          },
        }),
      )
    const first = mount('first')
    mount('second')
    await pass()
    server.latest.die()
    await pass(1)
    first.rerender()
    server.latest.die()
    await pass(1)
    expect(called).toEqual(['second', 'first'])
  })

  it('B107 calls the functions of a component that is still there', async () => {
    const { server, environment, pass } = setUp()
    const called: string[] = []
    const part = (name: string) => (
      <Show
        key={name}
        hook={() =>
          useSocket(url, {
            environment,
            retryDelay: () => {
              called.push(name)
              return 0
            },
          }).status
        }
      />
    )
    const { rerender } = render([part('first'), part('second')])
    await pass()
    rerender([part('first')])
    server.latest.die()
    await pass(1)
    expect(called).toEqual(['first'])
  })

  it('B113 leaves nothing when unmounted while connecting', async () => {
    const { server, clock, environment, pass } = setUp({ mode: 'ignore' })
    const { result, unmount } = renderHook(() => useSocket(url, { environment }))
    await pass()
    const { socket } = result.current
    expect(socket.state.get()).toMatchObject({ status: 'connecting', phase: 'transport' })
    unmount()
    await pass(grace)
    expect(server.connections).toHaveLength(1)
    expect([server.live, clock.timers]).toEqual([0, 0])
    expect(socket.state.get()).toMatchObject({ status: 'closed', cause: { origin: 'user' } })
  })

  it('B113 leaves nothing when a render fails', async () => {
    const { server, clock, environment, pass } = setUp()
    const receipts: Receipt[] = []
    const faulty = () => {
      receipts.push(useSocket(url, { environment }).send('never'))
      throw new Error('Faulty')
    }
    silenceErrors()
    render(<Show hook={faulty} />, { wrapper: Boundary })
    await pass(unheldLife)
    expect(screen.getByRole('alert').textContent).toBe('Faulty')
    expect(receipts.map(({ status }) => status)).toEqual(receipts.map(() => 'dropped'))
    expect(receipts).not.toEqual([])
    expect([server.connections.length, clock.timers]).toEqual([0, 0])
  })

  it('shows the error that came with the state in which it is first asked for', async () => {
    const { environment, pass } = setUp()
    const { result } = renderHook(() => {
      const all = useSocket('ftp://memory.test/', { environment })
      return all.status === 'waiting' ? all.error?.code : all.status
    })
    await pass()
    expect(result.current).toBe('INVALID_OPTION')
  })

  it('shows a URL that no WebSocket takes as state, not as a thrown render', async () => {
    const { environment, pass } = setUp()
    const errors: SocketError[] = []
    const { result } = renderHook(() => {
      const { socket, status } = useSocket('ftp://memory.test/', { environment })
      useEffect(() => socket.on('error', (error) => errors.push(error)), [socket])
      return status
    })
    await pass()
    expect(result.current).toBe('waiting')
    expect(errors).toMatchObject([{ message: expect.stringContaining('ftp://memory.test/') }])
  })

  it('says that there is nothing to connect to before the first URL', async () => {
    const { server, environment, pass } = setUp()
    const { result } = renderHook(() => useSocket(null, { environment, retries: 0 }))
    const errors: SocketError[] = []
    result.current.socket.on('error', (error) => errors.push(error))
    act(() => result.current.connect())
    await pass()
    expect(errors).toMatchObject([{ message: expect.stringContaining('useSocket(null) has no URL yet') }])
    expect(server.connections).toHaveLength(0)
  })

  it('throws for a wrong option, naming it', () => {
    silenceErrors()
    // @ts-expect-error retries is a number
    render(<Show hook={() => useSocket(url, { retries: 'many' }).status} />, { wrapper: Boundary })
    expect(screen.getByRole('alert').textContent).toContain('retries')
  })
})

describe('what useSocket gives', () => {
  it('B110 renders again for a status that is read, and not for one that is not', async () => {
    const { environment, pass, server } = setUp()
    const socket = createSocket(url, { environment })
    const seen: string[] = []
    const reader = renderHook(() => seen.push(useSocket(socket).status))
    let senders = 0
    const sender = renderHook(() => {
      senders += 1
      return useSocket(socket).send
    })
    let lates = 0
    const late = renderHook(
      ({ reads }) => {
        lates += 1
        const result = useSocket(socket)
        return reads ? result.status : 'unread'
      },
      { initialProps: { reads: false } },
    )
    act(() => socket.connect())
    await pass()
    expect(seen).toEqual(['idle', 'connecting', 'open'])
    expect([senders, lates]).toEqual([1, 1])

    // From the first reading on it is up to date, and followed.
    late.rerender({ reads: true })
    expect(late.result.current).toBe('open')
    expect(lates).toBe(2)
    server.latest.die()
    await pass()
    expect(late.result.current).toBe('waiting')
    expect([seen.at(-1), senders]).toEqual(['waiting', 1])
    for (const { unmount } of [reader, sender, late]) unmount()
  })

  it('stays the same object until something in it changes', async () => {
    const { environment, pass } = setUp()
    const socket = createSocket(url, { environment })
    const { result, rerender } = renderHook(() => {
      const all = useSocket(socket)
      return { all, status: all.status }
    })
    const { all } = result.current
    rerender()
    expect(result.current.all).toBe(all)
    act(() => socket.connect())
    await pass()
    expect(result.current.status).toBe('open')
    expect(result.current.all.send).toBe(all.send)
    expect(result.current.all.close).toBe(all.close)
  })

  it('sends, closes and connects with functions taken out of it', async () => {
    const { environment, pass, server } = setUp()
    const { result } = renderHook(() => {
      const { status, send, connect, close } = useSocket(url, { environment, codec: json() })
      return { status, send, connect, close }
    })
    const { send, connect, close } = result.current
    const receipt = send({ text: 'hi' }, { key: 'draft' })
    await pass()
    expect(server.latest.received).toEqual(['{"text":"hi"}'])
    await receipt.sent
    await act(async () => {
      const closed = close(4000, 'enough')
      await environment.clock.advance(0)
      await closed
    })
    expect(result.current.status).toBe('closed')
    expect(server.latest.clientClose).toEqual({ code: 4000, reason: 'enough' })
    act(() => connect())
    await pass()
    expect(result.current.status).toBe('open')
  })
})

describe('useSocket() and useSocket(socket)', () => {
  it('say what is missing, and how to mend it', () => {
    silenceErrors()
    render(<Show hook={() => useSocket().status} />, { wrapper: Boundary })
    const said = screen.getByRole('alert').textContent
    expect(said).toContain('useSocket() found no socket')
    expect(said).toContain('<SocketProvider socket={socket}>')
    expect(said).toContain('useSocket(socket)')
  })

  it('give the socket of the nearest provider, or the one that is passed', () => {
    const [outer, inner, passed] = [createSocket(url), createSocket(url), createSocket(url)]
    const own = () => useSocket().socket
    const given = () => useSocket(passed).socket
    const nameOf = (socket: unknown) =>
      ['outer', 'inner', 'passed'][[outer, inner, passed].indexOf(socket as never)]
    const { container } = render(
      <SocketProvider socket={outer}>
        <Show hook={() => nameOf(own())} />
        <SocketProvider socket={inner}>
          <Show hook={() => nameOf(own())} />
          <Show hook={() => nameOf(given())} />
        </SocketProvider>
      </SocketProvider>,
    )
    expect(container.innerHTML).toBe('<p>outer</p><p>inner</p><p>passed</p>')
  })

  it('leave it to whoever made the socket to connect and to close it', async () => {
    const { environment, pass, server } = setUp()
    const socket = createSocket(url, { environment })
    const app = (
      <StrictMode>
        <SocketProvider socket={socket}>
          <Show hook={() => `${useSocket().status} ${useSocket(socket).status}`} />
        </SocketProvider>
      </StrictMode>
    )
    const { unmount, container } = render(app)
    await pass(grace)
    expect(server.connections).toHaveLength(0)
    act(() => socket.connect())
    await pass()
    expect(container.textContent).toBe('open open')
    unmount()
    await pass(grace)
    expect(socket.state.get().status).toBe('open')
  })

  it('follow another socket when they are given another', async () => {
    const { environment, pass } = setUp()
    const [first, second] = [createSocket(url, { environment }), createSocket(url, { environment })]
    const { result, rerender } = renderHook(({ socket }) => useSocket(socket).status, {
      initialProps: { socket: first },
    })
    act(() => first.connect())
    await pass()
    expect(result.current).toBe('open')
    rerender({ socket: second })
    expect(result.current).toBe('idle')
    act(() => second.connect())
    await pass()
    expect(result.current).toBe('open')
  })

  it('change places with useSocket(url) in one component', async () => {
    const { environment, pass, server } = setUp()
    const socket = createSocket(url, { environment })
    const { result, rerender } = renderHook(
      ({ target }: { target: any }) => {
        const given = useSocket(target, { environment })
        return { socket: given.socket, status: given.status }
      },
      { initialProps: { target: otherUrl } as { target: unknown } },
    )
    await pass()
    expect(result.current.status).toBe('open')
    rerender({ target: socket })
    await pass(grace)
    expect(result.current).toEqual({ socket, status: 'idle' })
    expect(server.live).toBe(0)
  })
})
