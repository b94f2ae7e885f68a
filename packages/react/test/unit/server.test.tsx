// On a server the hooks render 'idle' and touch nothing; a page that hydrates begins with just that.
// @vitest-environment node

import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { createSocket } from '@hawser/core'
import { createRequests } from '@hawser/core/requests'
import * as React from 'react'
import { type ReactNode, Suspense } from 'react'
import { renderToPipeableStream, renderToString } from 'react-dom/server'
import { expect, inject, it, vi } from 'vitest'
import {
  SocketProvider,
  useLastMessage,
  useMessages,
  useRequest,
  useSend,
  useSocket,
  useSocketEvent,
  useSocketState,
} from '../../src'
import { Show, setUp } from '../support/set-up'

/** Names whose use would show that more than rendering goes on. Of `window` no more is asked than whether it is there. */
const names = ['WebSocket', 'location', 'navigator', 'document', 'localStorage'] as const

function watchGlobals() {
  const touched: string[] = []
  const before = names.map((name) => Object.getOwnPropertyDescriptor(globalThis, name))
  for (const name of names) {
    Object.defineProperty(globalThis, name, { configurable: true, get: () => void touched.push(name) })
  }
  const restore = () => {
    names.forEach((name, i) => {
      delete (globalThis as Record<string, unknown>)[name]
      const descriptor = before[i]
      if (descriptor) Object.defineProperty(globalThis, name, descriptor)
    })
  }
  return { touched, restore }
}

function Page({ url }: { url: string | null }) {
  const { status, send, connect, close, queued, latency, error, lastMessage } = useSocket(url, { retries: 3 })
  const fields = [status, queued, latency, error, lastMessage]
  return <p>{[...fields, typeof send, typeof connect, typeof close].join()}</p>
}

/** The page as a stream, once all of it is there or it was given up. */
async function stream(page: ReactNode, patience: AbortSignal = AbortSignal.timeout(5_000)) {
  const errors: unknown[] = []
  const out = new PassThrough()
  const { pipe, abort } = renderToPipeableStream(page, { onError: (error) => void errors.push(error) })
  patience.addEventListener('abort', () => abort())
  return { html: await text(pipe(out)), errors }
}

it('B109 touches no global and makes no transport, sets no timer', () => {
  const timer = vi.spyOn(globalThis, 'setTimeout')
  const random = vi.spyOn(Math, 'random')
  const { touched, restore } = watchGlobals()
  try {
    // A relative URL means nothing here, and everything in the page.
    expect(renderToString(<Page url="/live" />)).toBe('<p>idle,0,,,,function,function,function</p>')
    expect(renderToString(<Page url={null} />)).toContain('idle')
  } finally {
    restore()
  }
  expect(touched).toEqual([])
  expect(timer).not.toHaveBeenCalled()
  expect(random).not.toHaveBeenCalled()
})

it('B109 makes no transport for a component that takes the socket out', async () => {
  const { clock, environment, server } = setUp()
  const taker = <Show hook={() => typeof useSocket('/live', { environment }).socket.send} />
  expect(renderToString(taker)).toBe('<p>function</p>')
  await clock.advance(10_000)
  expect([server.connections.length, clock.timers]).toEqual([0, 0])
})

it('B109 has one stable snapshot, even of a socket that is connected', async () => {
  const { clock, environment } = setUp()
  const socket = createSocket('ws://memory.test/', { environment })
  const page = (
    <SocketProvider socket={socket}>
      <Show
        hook={() =>
          [useSocket().status, useSocketState().status, useSocketState((state) => state.status)].join()
        }
      />
    </SocketProvider>
  )
  expect(renderToString(page)).toBe('<p>idle,idle,idle</p>')
  socket.connect()
  await clock.advance(0)
  expect(socket.state.get().status).toBe('open')
  expect(renderToString(page)).toBe('<p>idle,idle,idle</p>')
})

it('B109 streams the same, with every hook', async () => {
  const timer = vi.spyOn(globalThis, 'setTimeout')
  const { open } = setUp()
  const socket = await open()
  const page = (
    <SocketProvider socket={socket}>
      <Page url="/live" />
      <Show
        hook={() => {
          useSocketEvent('message', () => {})
          return [useMessages().length, String(useLastMessage()), useSend().messages.length].join()
        }}
      />
    </SocketProvider>
  )
  timer.mockClear()
  const { html, errors } = await stream(page)
  expect(html).toBe('<p>idle,0,,,,function,function,function</p><p>0,undefined,0</p>')
  expect(errors).toEqual([])
  expect(timer).not.toHaveBeenCalled()
})

it('B109 asks nothing: useRequest is idle, and a call rejects with ABORTED', async () => {
  const { open } = setUp()
  const socket = await open()
  const requests = createRequests(socket)
  const request = vi.spyOn(requests, 'request')
  let asked: Promise<unknown> | undefined
  function Asking() {
    const { request, status, data, error } = useRequest()
    asked = request({ type: 'user' })
    return [status, data, error].join()
  }
  const { touched, restore } = watchGlobals()
  try {
    const page = (
      <SocketProvider socket={socket} requests={requests}>
        <Asking />
      </SocketProvider>
    )
    expect(renderToString(page)).toBe('idle,,')
  } finally {
    restore()
  }
  await expect(asked).rejects.toMatchObject({ code: 'ABORTED' })
  expect([touched, request.mock.calls]).toEqual([[], []])
})

it.skipIf(inject('react') === '18')(
  'B109 sends the fallback of what waits for the first open, and leaves the rest to the page (18 has no use())',
  async () => {
    const { clock, environment, server, create } = setUp()
    const provided = create()
    function Own() {
      const { socket, status } = useSocket('ws://memory.test/', { environment })
      React.use(socket.opened())
      return status
    }
    function Provided() {
      React.use(useSocket().socket.opened())
      return 'never'
    }
    const patience = new AbortController()
    const streamed = stream(
      <SocketProvider socket={provided}>
        <h1>Title</h1>
        <Suspense fallback="waits">
          <Own />
        </Suspense>
        <Suspense fallback="waits too">
          <Provided />
        </Suspense>
      </SocketProvider>,
      patience.signal,
    )
    await clock.advance(60_000)
    expect(server.connections).toHaveLength(0)
    patience.abort()
    const { html } = await streamed
    expect(html).toMatch(/<h1>Title<.*waits.*waits too/s)
    expect(html).not.toContain('open')
    expect([server.connections.length, clock.timers]).toEqual([0, 0])
  },
)
