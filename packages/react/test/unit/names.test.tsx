// What developers meet by name, and hooks on a socket that is not there or no more.
import { act, render, screen } from '@testing-library/react'
import type { ErrorInfo } from 'react'
import { expect, it } from 'vitest'
import {
  SocketProvider,
  useLastMessage,
  useMessages,
  useSend,
  useSocket,
  useSocketEvent,
  useSocketState,
} from '../../src'
import { RequestsContext, SocketContext } from '../../src/socket-context'
import { Boundary, frame, Show, setUp, silenceErrors } from '../support/set-up'

const hooks: Record<string, () => unknown> = {
  useSocket: () => useSocket().status,
  useSocketState: () => useSocketState((state) => state.status),
  useSocketEvent: () => useSocketEvent('message', () => {}),
  useMessages: () => useMessages({ limit: 5 }),
  useLastMessage: () => useLastMessage(() => true),
  useSend: () => useSend({ limit: 5 }),
}

for (const [name, use] of Object.entries(hooks)) {
  it(`${name}() without a socket and a provider says what is missing, and how to mend it`, () => {
    silenceErrors()
    const caught: unknown[] = []
    class Catcher extends Boundary {
      override componentDidCatch(error: unknown) {
        caught.push(error)
      }
    }
    render(<Show hook={() => String(use())} />, { wrapper: Catcher })
    expect(caught).toEqual([expect.objectContaining({ code: 'NO_SOCKET', name: 'SocketError' })])
    const said = screen.getByRole('alert').textContent
    expect(said).toContain(`${name}() found no socket`)
    expect(said).toContain('<SocketProvider socket={socket}>')
    expect(said).toContain(`${name}(socket)`)
  })
}

it('has the name of the provider in the stack of components, and one for each context', () => {
  const { create } = setUp()
  silenceErrors()
  let stack = ''
  class Catcher extends Boundary {
    override componentDidCatch(_: unknown, info: ErrorInfo) {
      stack = info.componentStack ?? ''
    }
  }
  const Faulty = () => {
    throw new Error('Faulty')
  }
  render(
    <Catcher>
      <SocketProvider socket={create()}>
        <Faulty />
      </SocketProvider>
    </Catcher>,
  )
  expect(stack).toMatch(/Faulty.*SocketProvider.*Catcher/s)
  expect([SocketContext.displayName, RequestsContext.displayName]).toEqual(['HawserSocket', 'HawserRequests'])
})

it('gives a stable closed for a socket that was disposed, and takes what is sent to it', async () => {
  const { open, pass } = setUp()
  const socket = await open()
  let renders = 0
  const { container } = render(
    <SocketProvider socket={socket}>
      <Show
        hook={() => {
          renders += 1
          const { status, send, queued, error, lastMessage, latency } = useSocket()
          useSocketEvent('message', () => {})
          const rest = [
            useSocketState().status,
            useMessages().length,
            useLastMessage(),
            useSend().messages.length,
          ]
          return [status, typeof send, queued, error, lastMessage, latency, ...rest].join()
        }}
      />
    </SocketProvider>,
  )
  await act(async () => {
    await Promise.all([socket[Symbol.asyncDispose ?? 'close'](), pass()])
  })
  await frame()
  const before = renders
  await pass(60_000)
  await frame()
  expect(container.textContent).toBe('closed,function,0,,,,closed,0,,0')
  expect(renders).toBe(before)
  expect(() => socket.send('late')).not.toThrow()
})
