// What the tests of the drop-in classes share: a class on an in-memory server, with a clock that the test holds.
import { type MemoryServerOptions, manualClock, memoryServer } from '../../../src/testing'
import { type HawserWebSocket, hawserWebSocket, type WebSocketOptions } from '../../../src/websocket'

export interface RigOptions extends WebSocketOptions {
  readonly server?: MemoryServerOptions
}

/** Retry delays are in mid-window: 500 ms for the first. */
export function rig({ server: behaviour, environment, ...options }: RigOptions = {}) {
  const clock = manualClock(1_000_000)
  const server = memoryServer({ clock, ...behaviour })
  const Class = hawserWebSocket({
    ...options,
    environment: { WebSocket: server.WebSocket, clock, random: () => 0.5, ...environment },
  })
  return { clock, server, Class }
}

/** Whoever waits for the first retry waits so long. */
export const firstRetry = 500

/** One of them, with its events: each as its type, the `readyState` in it, and its code or data. */
export function watched(socket: HawserWebSocket) {
  const told: unknown[][] = []
  const note = (event: Event, ...more: unknown[]) => told.push([event.type, socket.readyState, ...more])
  socket.addEventListener('open', (event) => note(event))
  socket.addEventListener('error', (event) => note(event))
  socket.addEventListener('message', (event) => note(event, event.data))
  socket.addEventListener('close', (event) => note(event, event.code, event.reason, event.wasClean))
  return told
}

export function connect(options: RigOptions = {}) {
  const made = rig(options)
  const socket = new made.Class(made.server.url)
  return { ...made, socket, told: watched(socket) }
}

/** The same, open. */
export async function opened(options: RigOptions = {}) {
  const made = connect(options)
  await made.clock.advance(0)
  return made
}
