// Beside the contender: many connections, each of which notes when its transport broke and when it was open again.

import type { Client } from '../contenders/contender'
import type { Bench } from '../hosts/host'
import { until } from './connect'

let clients: { readonly client: Client; opens: number; brokeAt: number; backAt: number }[] = []

export async function open(bench: Bench, { url, sockets }: { url: string; sockets: number }): Promise<void> {
  clients = Array.from({ length: sockets }, () => {
    // Each client's own class: some take none and use the global one, which is set just before they connect.
    class Observed extends bench.WebSocket {
      constructor(...args: ConstructorParameters<typeof WebSocket>) {
        super(...args)
        this.addEventListener('close', () => {
          watched.brokeAt ||= performance.now()
        })
      }
    }
    const client = bench.contender.connect({
      url,
      WebSocket: Observed,
      onOpen() {
        watched.opens++
        if (watched.opens === 2) watched.backAt = performance.now()
      },
      onMessage() {},
    })
    const watched = { client, opens: 0, brokeAt: 0, backAt: 0 }
    return watched
  })
  await until(bench, () => clients.every(({ opens }) => opens === 1))
}

/** Milliseconds from each break to open again, once all are back. */
export async function recovered(_: Bench, { limit }: { limit: number }): Promise<number[]> {
  const end = performance.now() + limit
  // A timer, not turns: other contenders wait on the same machine at the same time.
  while (clients.some(({ backAt }) => backAt === 0) && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const times = clients.filter(({ backAt }) => backAt > 0).map(({ brokeAt, backAt }) => backAt - brokeAt)
  for (const { client } of clients) client.close()
  return times
}
