// On a server the hooks render 'idle' and touch nothing; a page that hydrates begins with just that.
// @vitest-environment node
import { createSocket } from '@hawser/core'
import { renderToString } from 'react-dom/server'
import { expect, it, vi } from 'vitest'
import { SocketProvider, useSocket, useSocketState } from '../src'
import { Show, setUp } from './support/set-up'

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
  const { status, send, connect, close } = useSocket(url, { retries: 3 })
  return <p>{[status, typeof send, typeof connect, typeof close].join()}</p>
}

it('B109 touches no global and makes no transport, sets no timer', () => {
  const timer = vi.spyOn(globalThis, 'setTimeout')
  const random = vi.spyOn(Math, 'random')
  const { touched, restore } = watchGlobals()
  try {
    // A relative URL means nothing here, and everything in the page.
    expect(renderToString(<Page url="/live" />)).toBe('<p>idle,function,function,function</p>')
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
