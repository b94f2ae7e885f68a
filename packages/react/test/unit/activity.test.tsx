// <Activity>: a hidden tree holds no connection, and is up to date when it is shown again.
import { act, render } from '@testing-library/react'
import * as React from 'react'
import { StrictMode } from 'react'
import { describe, expect, inject, it } from 'vitest'
import { useLastMessage, useMessages, useSend, useSocket, useSocketEvent } from '../../src'
import { frame, grace, setUp, unheldLife, url } from '../support/set-up'

describe.skipIf(inject('react') === '18')('<Activity> (18 has none)', () => {
  function start() {
    const rig = setUp()
    const heard: unknown[] = []
    function Room({ path }: { path: string }) {
      const { socket, status } = useSocket(url + path, { environment: rig.environment })
      useSocketEvent(socket, 'message', (message) => heard.push(message))
      const { send } = useSend(socket)
      const shown = [status, useMessages(socket).join(), useLastMessage(socket)]
      return (
        <button type="button" onClick={() => send('hi')}>
          {shown.join(' ')}
        </button>
      )
    }
    const page = (mode: 'hidden' | 'visible', path = 'a') => (
      <StrictMode>
        <React.Activity mode={mode}>
          <Room path={path} />
        </React.Activity>
      </StrictMode>
    )
    const view = render(page('visible'))
    const turn = (mode: 'hidden' | 'visible', path?: string) =>
      act(async () => view.rerender(page(mode, path)))
    return { ...rig, heard, page, turn, view, text: () => view.container.textContent }
  }

  it('B111 closes what is hidden, keeps what it has, and opens it when it is shown', async () => {
    const { turn, pass, say, text, server, clock, heard } = start()
    await pass()
    await say('one')
    await frame()
    expect(text()).toBe('open one one')
    await turn('hidden')
    await pass(grace)
    expect([server.live, clock.timers]).toEqual([0, 0])
    await turn('visible')
    await pass()
    await say('two')
    await frame()
    expect(text()).toBe('open one,two two')
    expect(heard).toEqual(['one', 'two'])
    expect(server.connections).toHaveLength(2)
  })

  it('B111 keeps the connection of what was hidden for a moment', async () => {
    const { turn, pass, server } = start()
    await pass()
    await turn('hidden')
    await turn('visible')
    await pass(grace)
    expect(server.connections).toHaveLength(1)
    expect(server.live).toBe(1)
  })

  it('B111 goes on with the same socket after it was hidden for long', async () => {
    const { turn, pass, server, text } = start()
    await pass()
    await turn('hidden')
    await pass(2 * unheldLife)
    await turn('visible')
    await pass()
    expect(text()).toContain('open')
    expect([server.connections.length, server.live]).toEqual([2, 1])
  })

  it('B107 shares the socket that another component made meanwhile', async () => {
    const { turn, pass, server, text, environment } = start()
    await pass()
    await turn('hidden')
    await pass(unheldLife)
    const Other = () => useSocket(`${url}a`, { environment }).status
    const other = render(<Other />)
    await pass()
    await turn('visible')
    await pass()
    expect([text()?.trim(), other.container.textContent]).toEqual(['open', 'open'])
    expect([server.connections.length, server.live]).toEqual([2, 1])
  })

  it('B108 connects to the new URL alone when it changed while hidden', async () => {
    const { turn, pass, server, text } = start()
    await pass()
    await turn('hidden')
    await pass(grace)
    await turn('hidden', 'b')
    await pass(grace)
    expect(server.live).toBe(0)
    await turn('visible', 'b')
    await pass()
    expect(text()).toContain('open')
    expect(server.connections.map((connection) => connection.url)).toEqual([`${url}a`, `${url}b`])
  })

  it('B113 connects nothing for what was never shown, and leaves nothing of it', async () => {
    const { server, environment, pass, left } = setUp()
    const Room = () => useSocket(url, { environment }).status
    const view = render(
      <React.Activity mode="hidden">
        <Room />
      </React.Activity>,
    )
    await pass(unheldLife)
    expect(server.connections).toHaveLength(0)
    expect(left()).toEqual([0, 0])
    await act(async () =>
      view.rerender(
        <React.Activity mode="visible">
          <Room />
        </React.Activity>,
      ),
    )
    await pass()
    expect(view.container.textContent).toBe('open')
    expect(server.connections).toHaveLength(1)
  })
})
