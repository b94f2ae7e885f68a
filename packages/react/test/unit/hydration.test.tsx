// A page that was rendered on a server and comes to life.
import { createSocket, json } from '@hawser/core'
import { createRequests } from '@hawser/core/requests'
import { act } from '@testing-library/react'
import { StrictMode, useEffect } from 'react'
import { hydrateRoot, type Root } from 'react-dom/client'
import { renderToString } from 'react-dom/server'
import { expect, it, vi } from 'vitest'
import { useRequest, useSocket, useSocketState } from '../../src'
import { frame, grace, Show, setUp } from '../support/set-up'

async function hydrate(
  page: React.ReactNode,
): Promise<{ root: Root; page: HTMLElement; complaints: unknown[] }> {
  const complaint = vi.spyOn(console, 'error')
  const container = document.createElement('main')
  container.innerHTML = renderToString(page)
  const complaints: unknown[] = []
  const root = await act(async () =>
    hydrateRoot(container, page, { onRecoverableError: (error) => complaints.push(error) }),
  )
  return { root, page: container, complaints: [...complaints, ...complaint.mock.calls] }
}

it('B109 hydrates without a complaint beside a socket that is already open, and then shows it', async () => {
  const { environment, pass } = setUp()
  const socket = createSocket('ws://memory.test/', { environment })
  socket.connect()
  await pass()
  const { root, page, complaints } = await hydrate(
    <Show hook={() => [useSocket(socket).status, useSocketState(socket).status].join()} />,
  )
  expect(page.textContent).toBe('open,open')
  expect(complaints).toEqual([])
  act(() => root.unmount())
})

it('B109 hydrates a component with a URL of its own under StrictMode: one transport', async () => {
  const { environment, pass, server } = setUp()
  const { root, page, complaints } = await hydrate(
    <StrictMode>
      <Show hook={() => useSocket('ws://memory.test/', { environment }).status} />
    </StrictMode>,
  )
  await pass()
  expect(page.textContent).toBe('open')
  expect(complaints).toEqual([])
  expect(server.connections).toHaveLength(1)
  act(() => root.unmount())
  await pass(grace)
  expect(server.live).toBe(0)
})

it('B109 hydrates without a complaint a component that asks in its first effect, and then shows it', async () => {
  const { environment, pass } = setUp()
  const socket = createSocket('ws://memory.test/', { environment, codec: json() })
  const requests = createRequests(socket)
  function Asking() {
    const { request, status } = useRequest(requests)
    useEffect(() => void request({ type: 'user' }), [request])
    return <p>{status}</p>
  }
  const { root, page, complaints } = await hydrate(<Asking />)
  expect(complaints).toEqual([])
  await pass()
  await frame()
  expect(page.textContent).toBe('pending')
  act(() => root.unmount())
})
