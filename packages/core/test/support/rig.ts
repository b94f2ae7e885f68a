// A server with a proxy in front of it, as one thing: everything a test can ask for and look at, in plain JSON.

import { startProxy, type TestProxy } from './proxy.ts'
import { startServer, type TestServer, type TestServerOptions } from './server.ts'
import { createWatch, type Watch } from './watch.ts'

/** Everything that can be counted, and waited for. Those of `gauges` go up and down, the others only up. */
export type Counts = ReturnType<TestProxy['counts']> & ReturnType<TestServer['counts']>

const gauges: ReadonlyArray<keyof Counts> = ['alive', 'open']

/** Where a name stands in both: `close` and `end` are the server's and the network's words for it. */
export interface Rig
  extends Omit<TestProxy, 'port' | 'counts' | 'close'>,
    Omit<TestServer, 'port' | 'counts' | 'stop'> {
  /** Where clients connect to: the proxy. */
  readonly url: string
  counts(): Counts
  until: Watch<Counts>['until']
  /** For frames that begin with a number: these numbers, by connection. */
  numbers(): number[][]
  stop(): void
}

export async function startRig(options: TestServerOptions = {}): Promise<Rig> {
  const counts = (): Counts => ({ ...proxy.counts(), ...server.counts() })
  const watch = createWatch(counts, gauges)
  const server = await startServer(options, watch.changed)
  const proxy = await startProxy(server.port, watch.changed)

  return {
    ...proxy,
    ...server,
    url: `ws://127.0.0.1:${proxy.port}/`,
    counts,
    until: watch.until,
    numbers: () =>
      server.connections().map(({ frames }) => frames.map((frame) => Number.parseInt(String(frame), 10))),
    stop() {
      watch.stop()
      proxy.close()
      server.stop()
    },
  }
}
