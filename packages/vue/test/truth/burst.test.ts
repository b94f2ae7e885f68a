// Bursts of real messages: each one is heard, and the page is updated no more often than it is drawn.

import { createSocket, type Socket } from '@hawser/core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { h, shallowRef } from 'vue'
import { type RemoteRig, useRig } from '../../../core/test/support/harness'
import { useLastMessage, useMessages, useSend, useSocketEvent } from '../../src'
import { countFrames, counting, usePage } from '../support/page'

const startRig = useRig()
const mount = usePage()
const numbers = Array.from({ length: 2_000 }, (_, i) => `${i}`)
const last = numbers.at(-1)

const sockets: Socket[] = []
afterEach(async () => {
  await Promise.all(sockets.splice(0).map((socket) => socket.close()))
})

/** What a component makes of the burst; beside it one that is fed by each message, which shows what a burst is. */
function start(rig: RemoteRig) {
  const socket = createSocket(rig.url)
  sockets.push(socket)
  const heard: unknown[] = []
  const shownLast = counting(() => useLastMessage(socket))
  const log: { all: readonly unknown[] } = { all: [] }
  const shownAll = counting(() => {
    const messages = useMessages(socket, { limit: numbers.length })
    return () => {
      log.all = messages.value
      return messages.value.length
    }
  })
  const sending = counting(() => {
    const { send, messages } = useSend(socket, { limit: numbers.length })
    burst.send = send
    return () => messages.value.length
  })
  const burst = { send: (_: string) => {} }
  const naive = counting(() => {
    const message = shallowRef<unknown>()
    useSocketEvent(socket, 'message', (now) => {
      heard.push(now)
      message.value = now
    })
    return message
  })
  mount(() => [shownLast, shownAll, sending, naive].map(({ component }) => h(component)))
  const frames = countFrames()
  socket.connect()
  const done = async () => {
    await vi.waitFor(() => expect(heard).toHaveLength(numbers.length), { timeout: 30_000, interval: 10 })
    await vi.waitFor(() => expect(log.all).toHaveLength(numbers.length), { timeout: 30_000, interval: 10 })
    return frames()
  }
  return { socket, heard, log, burst, done, shownLast, shownAll, sending, naive }
}

describe('B103 a burst of 2 000 messages', () => {
  it('from the server: 2 000 calls, and no more updates than frames', async () => {
    const { heard, log, done, shownLast, shownAll, naive } = start(await startRig({ greeting: numbers }))
    const frames = await done()
    expect(heard).toEqual(numbers)
    expect(log.all).toEqual(numbers)
    for (const { counted } of [shownLast, shownAll]) {
      expect(counted.updates).toBeGreaterThan(0)
      expect(counted.updates).toBeLessThanOrEqual(frames)
      expect(counted.updates).toBeLessThan(naive.counted.updates / 4)
    }
    expect(document.querySelector('main p')?.textContent).toBe(last)
  })

  it('that comes back as it is sent: all of it is shown, no more often than frames are', async () => {
    const { socket, heard, burst, done, shownLast, shownAll, sending } = start(await startRig({ echo: true }))
    await socket.opened()
    for (const number of numbers) burst.send(number)
    const frames = await done()
    expect(heard).toEqual(numbers)
    for (const { counted } of [shownLast, shownAll, sending]) {
      expect(counted.updates).toBeGreaterThan(0)
      expect(counted.updates).toBeLessThanOrEqual(frames)
    }
  })
})
