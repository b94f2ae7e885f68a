// Beside the contender: connections that each note when they were open again, and a window's events.

import type { Client } from '../contenders/contender'
import type { Bench } from '../hosts/host'
import { until } from './connect'

interface Watched {
  readonly client: Client
  opens: number
  /** Milliseconds since the epoch, which the process that breaks the links counts by, too. 0: not yet. */
  reopenedAt: number
}

let connections: Watched[] = []

/** What a page has by itself. */
const window = 'document' in globalThis ? (globalThis as unknown as EventTarget) : undefined
const events = window ?? new EventTarget()

/** One connection to each address; resolves when all are open. */
export async function open(bench: Bench, { urls }: { urls: readonly string[] }): Promise<void> {
  connections = urls.map((url) => {
    const client = bench.contender.connect({
      url,
      WebSocket: bench.WebSocket,
      onOpen() {
        watched.opens++
        if (watched.opens === 2) watched.reopenedAt = Date.now()
      },
      onMessage() {},
      events: window ? undefined : events,
    })
    const watched: Watched = { client, opens: 0, reopenedAt: 0 }
    return watched
  })
  await until(bench, () => connections.every(({ opens }) => opens === 1))
}

/** Says when, in milliseconds since the epoch. */
export function dispatch(_: Bench, { types }: { types: readonly string[] }): number {
  const at = Date.now()
  for (const type of types) events.dispatchEvent(new Event(type))
  return at
}

/** When each was open again, as soon as all are or `by` has come. */
export async function reopened(_: Bench, { by }: { by: number }): Promise<number[]> {
  const waiting = () => connections.some(({ reopenedAt }) => reopenedAt === 0)
  // A timer, not turns: other contenders wait on the same machine at the same time.
  while (waiting() && Date.now() < by) await new Promise((resolve) => setTimeout(resolve, 50))
  for (const { client } of connections) client.close()
  return connections.map(({ reopenedAt }) => reopenedAt)
}
