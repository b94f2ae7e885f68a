// Suspense: use(socket.opened()) waits for the first open, once, and leaves nothing behind where nothing came of it.
import type { Socket } from '@hawser/core'
import { act, render } from '@testing-library/react'
import * as React from 'react'
import { type ReactNode, StrictMode, Suspense } from 'react'
import { describe, expect, inject, it } from 'vitest'
import { SocketProvider, type UseSocketOptions, useSocket, useSocketEvent } from '../../src'
import { Boundary, grace, setUp, silenceErrors, unheldLife, url } from '../support/set-up'

describe.skipIf(inject('react') === '18')('Suspense (18 has no use())', () => {
  let renders = 0

  /** Waits in the component that has the socket. */
  function Own({ to = url, options }: { to?: string | null; options: UseSocketOptions }) {
    renders += 1
    const { socket, status } = useSocket(to, options)
    React.use(socket.opened())
    return status
  }

  function Waiting({ socket }: { socket: Socket }) {
    renders += 1
    React.use(socket.opened())
    return useSocket(socket).status
  }

  /** Waits in a child. */
  function Parent({ options }: { options: UseSocketOptions }) {
    const { socket } = useSocket(url, options)
    return (
      <Suspense fallback="waits">
        <Waiting socket={socket} />
      </Suspense>
    )
  }

  async function show(page: ReactNode, { strict = true } = {}) {
    renders = 0
    const wrap = (children: ReactNode) => {
      const boundary = (
        <Boundary>
          <Suspense fallback="waits">{children}</Suspense>
        </Boundary>
      )
      return strict ? <StrictMode>{boundary}</StrictMode> : boundary
    }
    const view = await act(async () => render(wrap(page)))
    return {
      text: () => view.container.textContent,
      rerender: (next: ReactNode) => act(async () => view.rerender(wrap(next))),
      unmount: () => act(async () => view.unmount()),
    }
  }

  const places = {
    'in the component that has the socket': (options: UseSocketOptions) => <Own options={options} />,
    'below the component that has the socket': (options: UseSocketOptions) => <Parent options={options} />,
  }

  for (const [place, page] of Object.entries(places)) {
    for (const strict of [false, true]) {
      it(`waits ${place}${strict ? ', under StrictMode' : ''}: one transport, a few renders, and no fallback at a break`, async () => {
        const { server, environment, pass, left } = setUp({ mode: 'ignore' })
        const options = { environment, retryDelay: () => 10 }
        const view = await show(page(options), { strict })
        await pass(1_000)
        expect(view.text()).toBe('waits')
        const waited = renders
        await pass(5_000)
        expect(renders).toBe(waited)
        expect(server.connections).toHaveLength(1)

        server.mode = 'accept'
        server.latest.accept()
        await pass()
        expect(view.text()).toBe('open')
        await pass(grace)
        expect(server.connections).toHaveLength(1)
        expect(renders).toBeLessThanOrEqual(strict ? 12 : 6)

        const before = renders
        server.latest.die()
        await pass()
        expect(view.text()).toBe('waiting')
        await pass(10)
        expect(view.text()).toBe('open')
        expect(renders - before).toBeLessThanOrEqual(strict ? 6 : 3)

        await view.unmount()
        await pass(grace)
        expect(server.connections).toHaveLength(2)
        expect(left()).toEqual([0, 0])
      })
    }
  }

  it('waits for a socket that is provided, and does not wait again for one that broke before the mount', async () => {
    const { create, server, pass } = setUp()
    const socket = create({ retryDelay: () => 1_000 })
    const page = (
      <SocketProvider socket={socket}>
        <Waiting socket={socket} />
      </SocketProvider>
    )
    const view = await show(page)
    await pass(grace)
    expect([view.text(), server.connections.length]).toEqual(['waits', 0])
    await act(async () => socket.connect())
    await pass()
    expect(view.text()).toBe('open')
    server.latest.die()
    await pass()
    const later = await show(page)
    expect(later.text()).toBe('waiting')
  })

  it('throws to the boundary what ends the socket for good', async () => {
    const { create, pass } = setUp({ mode: 'refuse' })
    silenceErrors()
    const socket = create({ retries: 0 })
    const view = await show(<Waiting socket={socket} />)
    await act(async () => socket.connect())
    await pass()
    expect(view.text()).not.toBe('waits')
    expect(view.text()).not.toBe('')
  })

  it('reaches the boundary by one attempt where the page that has the socket can never open', async () => {
    const { environment, pass, server } = setUp({ mode: 'refuse' })
    silenceErrors()
    const view = await show(<Own options={{ environment, retries: 0 }} />)
    for (let turn = 0; turn < 10; turn += 1) await pass(10)
    expect(server.connections).toHaveLength(1)
    expect(view.text()).toContain('closed')
  })

  it('stays shown when it is closed, or not wanted for a while', async () => {
    const { environment, pass } = setUp()
    const view = await show(<Own options={{ environment }} />)
    await pass()
    expect(view.text()).toBe('open')
    await view.rerender(<Own options={{ environment, enabled: false }} />)
    await pass(grace)
    expect(view.text()).toBe('closed')
    await view.rerender(<Own options={{ environment }} />)
    await pass()
    expect(view.text()).toBe('open')
    await view.unmount()
  })

  it('takes the messages that came with the acceptance to the component that waited', async () => {
    const { environment, pass, say } = setUp({ onOpen: (connection) => connection.send('hello') })
    const heard: unknown[] = []
    function Heard() {
      const { socket } = useSocket(url, { environment })
      React.use(socket.opened())
      useSocketEvent(socket, 'message', (message) => heard.push(message))
      return null
    }
    const view = await show(<Heard />)
    await pass()
    await say('there')
    expect(heard).toEqual(['hello', 'there'])
    await view.unmount()
  })

  it('B113 leaves nothing of a tree that was taken away while it waited', async () => {
    const { server, environment, pass, left } = setUp({ mode: 'ignore' })
    const view = await show(<Own options={{ environment, connectTimeout: 60_000 }} />)
    await pass()
    expect(server.live).toBe(1)
    await view.rerender(null)
    await pass(unheldLife)
    expect(server.connections).toHaveLength(1)
    expect(left()).toEqual([0, 0])
    await view.unmount()
  })

  it('B113 leaves nothing of the URL that was waited for before', async () => {
    const { server, environment, pass, left } = setUp({ mode: 'ignore' })
    const options = { environment, connectTimeout: 60_000 }
    const view = await show(<Own to={`${url}a`} options={options} />)
    await pass()
    await view.rerender(<Own to={`${url}b`} options={options} />)
    await pass()
    server.latest.accept()
    await pass()
    expect(view.text()).toBe('open')
    await pass(unheldLife)
    expect(server.connections.map((connection) => connection.url)).toEqual([`${url}a`, `${url}b`])
    expect(server.live).toBe(1)
    await view.unmount()
    await pass(grace)
    expect(left()).toEqual([0, 0])
  })

  it('goes on waiting where a server is away for longer than an abandoned tree is kept', async () => {
    const { server, environment, pass, left } = setUp({ mode: 'refuse' })
    const view = await show(<Own options={{ environment: { ...environment, random: () => 0.5 } }} />)
    for (let second = 0; second < 70; second += 1) await pass(1_000)
    expect(view.text()).toBe('waits')
    expect(server.live).toBe(0)
    server.mode = 'accept'
    for (let second = 0; second < 15; second += 1) await pass(1_000)
    expect(view.text()).toBe('open')
    expect(server.live).toBe(1)
    expect(server.connections.length).toBeLessThan(20)
    await view.unmount()
    await pass(grace)
    expect(left()).toEqual([0, 0])
  })

  it('waits, and connects nothing, while there is no URL', async () => {
    const { server, environment, pass } = setUp()
    const view = await show(<Own to={null} options={{ environment }} />)
    await pass(unheldLife)
    const waited = renders
    await pass(unheldLife)
    expect([view.text(), server.connections.length, renders - waited]).toEqual(['waits', 0, 0])
    await view.rerender(<Own options={{ environment }} />)
    await pass(grace)
    expect([view.text(), server.connections.length]).toEqual(['open', 1])
    await view.unmount()
  })

  it('keeps the old page where a transition waits for a server that is away for long', async () => {
    const { server, environment, pass } = setUp({ mode: 'refuse' })
    let go = () => {}
    function Pages() {
      const [page, turn] = React.useState('old')
      go = () => React.startTransition(() => turn('new'))
      return page === 'old' ? 'old' : <Own options={{ environment }} />
    }
    const view = await show(<Pages />)
    await act(async () => go())
    for (let second = 0; second < 40; second += 1) await pass(1_000)
    expect(view.text()).toBe('old')
    server.mode = 'accept'
    for (let second = 0; second < 15; second += 1) await pass(1_000)
    expect(view.text()).toBe('open')
    await view.unmount()
  })

  it('waits, and connects nothing, until it is enabled', async () => {
    const { server, environment, pass } = setUp()
    const view = await show(<Own options={{ environment, enabled: false }} />)
    await pass(grace)
    expect([view.text(), server.connections.length]).toEqual(['waits', 0])
    await view.rerender(<Own options={{ environment, enabled: true }} />)
    await pass(grace)
    expect([view.text(), server.connections.length]).toEqual(['open', 1])
    await view.unmount()
  })
})
