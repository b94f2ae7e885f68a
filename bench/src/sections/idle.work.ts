// Beside the contender: opens many sockets, leaves them alone, and looks at the heap and at the timers.

import type { Bench } from '../hosts/host'
import { MemorySocket, memorySockets } from '../memory-socket'
import { until } from './connect'

/** Keeps every client alive, for their weight is what is measured. */
const kept: unknown[] = []

/** Bytes of one more open socket in memory. */
export async function grow(bench: Bench, { sockets }: { sockets: number }): Promise<number> {
  const before = await bench.heapUsed()
  await openInMemory(bench, sockets)
  return ((await bench.heapUsed()) - before) / sockets
}

/** Bytes of one more open socket over the network. */
export async function growReal(
  bench: Bench,
  { url, sockets }: { url: string; sockets: number },
): Promise<number> {
  const before = await bench.heapUsed()
  let opens = 0
  for (let made = 0; made < sockets; made++) {
    const client = bench.contender.connect({
      url,
      WebSocket: bench.WebSocket,
      onOpen: () => opens++,
      onMessage() {},
    })
    kept.push(client)
    // A browser makes one connection to a host after the other anyway.
    if (made % 50 === 0) await until(bench, () => opens === made + 1)
  }
  await until(bench, () => opens === sockets)
  return ((await bench.heapUsed()) - before) / sockets
}

/** Timers per open socket: just after open, and later, when the short ones have fired. */
export async function timers(bench: Bench, { sockets, later }: { sockets: number; later: number }) {
  await openInMemory(bench, sockets)
  const atOpen = bench.liveTimers() / sockets
  const waiting = new Promise((resolve) => setTimeout(resolve, later))
  await waiting
  return { atOpen, later: bench.liveTimers() / sockets }
}

async function openInMemory(bench: Bench, count: number) {
  const made: MemorySocket[] = []
  const WebSocket = memorySockets(made, bench.contender.memory ?? MemorySocket)
  let opens = 0
  for (let index = 0; index < count; index++) {
    kept.push(
      bench.contender.connect({ url: 'ws://127.0.0.1:9', WebSocket, onOpen: () => opens++, onMessage() {} }),
    )
  }
  await until(bench, () => made.length === count)
  for (const socket of made) socket.accept()
  await until(bench, () => opens === count)
  await bench.turn()
}
