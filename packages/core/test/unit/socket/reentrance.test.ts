// A policy function that calls back into the socket while it is asked: each state once, and one transport.

import { expect, it } from 'vitest'
import { createSocket } from '../../../src/index'
import { manualClock, memoryServer } from '../../../src/testing'

it.each(['close', 'reconnect'] as const)(
  'B10, B33 %s() in retryDelay tells each state once, and makes one transport',
  async (call) => {
    const clock = manualClock()
    const server = memoryServer({ clock })
    const states: string[] = []
    const socket = createSocket(server.url, {
      environment: { WebSocket: server.WebSocket, clock },
      retryDelay: () => {
        void socket[call]()
        return 0
      },
    })
    socket.connect()
    await clock.advance(0)
    socket.on('state', (state) => states.push(state.status === 'connecting' ? state.phase : state.status))
    server.latest.die()
    await clock.advance(10_000)
    const reconnected = ['credentials', 'transport', 'handshake', 'open']
    expect(states).toEqual(call === 'close' ? ['closing', 'closed'] : reconnected)
    expect([server.live, server.connections.length]).toEqual(call === 'close' ? [0, 1] : [1, 2])
    void socket.close()
  },
)
