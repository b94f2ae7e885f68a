// Attempts that our own timeout cut off: the delays after them are what they would be anyway.

import { expect, it } from 'vitest'
import { createSocket, type RetryContext } from '../../../src/index'
import { manualClock, memoryServer } from '../../../src/testing'

it('B122 an attempt that we cut off lengthens no delay of ours, whatever the platform holds back', async () => {
  const clock = manualClock()
  const server = memoryServer({ clock, mode: 'ignore' })
  const asked: number[] = []
  const socket = createSocket(server.url, {
    environment: { WebSocket: server.WebSocket, clock, random: () => 0.5 },
    connectTimeout: 1_000,
    retryDelay: ({ attempt }: RetryContext) => {
      asked.push(attempt)
      return 500
    },
  })
  socket.connect()
  // Each attempt takes its second, each wait its half, however often we had to cut one off.
  await clock.advance(15_000)
  expect(server.connections.length).toBe(11)
  expect(asked).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  void socket.close()
})
