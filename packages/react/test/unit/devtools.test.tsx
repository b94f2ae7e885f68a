// What React DevTools shows beside each hook.
import { createRequests } from '@hawser/core/requests'
import { act, render, screen } from '@testing-library/react'
import { useDebugValue } from 'react'
import { expect, it, vi } from 'vitest'
import { useLastMessage, useMessages, useRequest, useSend, useSocket, useSocketState } from '../../src'
import { frame, setUp } from '../support/set-up'

// DevTools looks at a component with hooks of its own, of which this one tells it the values.
vi.mock('react', async (load) => ({ ...(await load<typeof import('react')>()), useDebugValue: vi.fn() }))

const shown = () =>
  vi.mocked(useDebugValue<any>).mock.calls.map(([value, format]) => (format ? format(value) : value))

it('shows what each hook gives', async () => {
  const { open, say } = setUp()
  const socket = await open()
  const requests = createRequests(socket)
  function All() {
    vi.mocked(useDebugValue).mockClear()
    useSocket(socket)
    useSocketState(socket, ({ status }) => status)
    useMessages(socket)
    useLastMessage(socket)
    const { send } = useSend(socket)
    useRequest(requests)
    return (
      <button type="button" onClick={() => send('hi')}>
        Send
      </button>
    )
  }
  render(<All />)
  await say('a')
  act(() => screen.getByRole('button').click())
  await frame()
  expect(shown()).toEqual([
    expect.objectContaining({ status: 'open' }),
    expect.objectContaining({ status: 'open' }),
    ['a'],
    'a',
    [expect.objectContaining({ message: 'hi', status: 'sent' })],
    'idle',
  ])
})
