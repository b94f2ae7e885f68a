// In a page: one life that queues messages in a store, and the next, which sends them.

import { createSocket, offlineQueue } from '@hawser/core'
import { indexedDBStore } from '@hawser/core/indexeddb'
import type { Bench } from '../hosts/host'
import { type MemorySocket, memorySockets } from '../memory-socket'
import { distinctTexts, until } from './connect'

let lives = 0

export async function live(bench: Bench, { messages }: { messages: number }) {
  const texts = distinctTexts(messages)
  const name = `bench ${++lives}`
  const none = await first(bench, `${name}, empty`)
  const inMemory = await queue(bench, texts, undefined)
  const queueing = await queue(bench, texts, name)
  const delay = (await first(bench, name)) - none
  return { queueing, inMemory, delay }
}

const limits = { maxMessages: 1_000_000, maxBytes: 1_000_000_000 }

/** Milliseconds that the main thread works on queueing these, until all are on disk. */
async function queue(bench: Bench, texts: readonly string[], name: string | undefined): Promise<number> {
  // It is never accepted.
  const WebSocket = memorySockets([])
  const store = name === undefined ? undefined : indexedDBStore(name)
  const socket = createSocket('ws://127.0.0.1:9', {
    environment: { WebSocket },
    queue: offlineQueue({ ...limits, ...(store && { store }) }),
  })
  socket.connect()
  const before = await globalThis.readTaskTime()
  const receipts = texts.map((text) => socket.send(text))
  if (store) await Promise.all(receipts.map(({ stored }) => stored))
  const taken = (await globalThis.readTaskTime()) - before
  await socket.close()
  // The store is let go in later tasks.
  for (let turns = 0; turns < 100; turns++) await bench.turn()
  return taken
}

/** Milliseconds from connect() to the first message that is handed over. */
async function first(bench: Bench, name: string): Promise<number> {
  const made: MemorySocket[] = []
  const WebSocket = memorySockets(made)
  const socket = createSocket('ws://127.0.0.1:9', {
    environment: { WebSocket },
    queue: offlineQueue({ ...limits, store: indexedDBStore(name) }),
  })
  const start = performance.now()
  socket.connect()
  await until(bench, () => made.length === 1)
  const transport = made[0] as MemorySocket
  transport.accept()
  socket.send('new')
  await until(bench, () => transport.sent > 0)
  const taken = performance.now() - start
  await socket.queue.drained()
  await socket.close()
  for (let turns = 0; turns < 100; turns++) await bench.turn()
  return taken
}
