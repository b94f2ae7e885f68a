// A page that was rendered on a server and comes to life.
import { createSocket } from '@hawser/core'
import { act } from '@testing-library/react'
import { StrictMode } from 'react'
import { hydrateRoot, type Root } from 'react-dom/client'
import { renderToString } from 'react-dom/server'
import { expect, it, vi } from 'vitest'
import { useSocket, useSocketState } from '../../src'
import { grace, Show, setUp } from '../support/set-up'

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
