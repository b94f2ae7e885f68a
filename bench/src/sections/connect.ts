// Helpers of the works: connect a contender and wait, with a handler for messages that can be changed.

import type { Client } from '../contenders/contender'
import type { Bench } from '../hosts/host'
import { MemorySocket, memorySockets } from '../memory-socket'

/** 64 different texts of 100 characters; `texts[i & 63]` is the next one. */
export const texts = distinctTexts(64)

/** `count` different flat strings of 100 characters. */
export function distinctTexts(count: number): string[] {
  const built = Array.from({ length: count }, (_, index) =>
    `${index}`.padStart(12, '0').padEnd(100, 'payload of the benchmark '),
  )
  // Through JSON, so that none is a rope or a slice of another.
  return JSON.parse(JSON.stringify(built)) as string[]
}

export interface Opened extends Client {
  /** What is done with each message. */
  onMessage: (data: string) => void
}

/** Connects over the bench's own socket class and resolves when open. */
export async function connected(bench: Bench, url: string): Promise<Opened> {
  let open = false
  const client = bench.contender.connect({
    url,
    WebSocket: bench.WebSocket,
    onOpen() {
      open = true
    },
    onMessage: (data) => opened.onMessage(data),
  })
  const opened: Opened = { ...client, onMessage() {} }
  await until(bench, () => open)
  return opened
}

/** Connects in memory and resolves when open, together with the socket underneath. */
export async function connectedInMemory(bench: Bench): Promise<{ client: Opened; socket: MemorySocket }> {
  const made: MemorySocket[] = []
  const WebSocket = memorySockets(made, bench.contender.memory ?? MemorySocket)
  const opening = connected({ ...bench, WebSocket }, 'ws://127.0.0.1:9')
  await until(bench, () => made.length === 1)
  const socket = made[0] as MemorySocket
  socket.accept()
  return { client: await opening, socket }
}

/** Waits, a turn at a time, for what must come. */
export async function until({ name, turn }: Bench, condition: () => boolean, limit = 30_000): Promise<void> {
  const end = performance.now() + limit
  while (!condition()) {
    if (performance.now() > end) throw new Error(`${name} did not get there: ${condition}`)
    await turn()
  }
}

/** The next message that reads so. */
export function said(client: Opened, word: string): Promise<void> {
  return new Promise((resolve) => {
    client.onMessage = (data) => {
      if (data === word) resolve()
    }
  })
}
