// A server with a proxy in front of it, as one thing: everything a test can ask for and look at, in plain JSON.

import { startProxy, type TestProxy } from './proxy.ts'
import { startServer, type TestServer, type TestServerOptions } from './server.ts'

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
  /**
   * Waits until so many were counted: at least so many, and exactly so many `alive` or `open`. Rejects with all counts
   * after `within` milliseconds.
   *
   * @param within @default 4_000
   */
  until(what: keyof Counts, count: number, within?: number): Promise<void>
  /** For frames that begin with a number: these numbers, by connection. */
  numbers(): number[][]
  stop(): void
}

export async function startRig(options: TestServerOptions = {}): Promise<Rig> {
  /** Each looks whether its condition holds, and has a timer that gives up on it. */
  const watchers = new Map<() => void, NodeJS.Timeout>()
  const changed = () => {
    for (const look of watchers.keys()) look()
  }
  const server = await startServer(options, changed)
  const proxy = await startProxy(server.port, changed)
  const counts = () => ({ ...proxy.counts(), ...server.counts() })
  const forget = (look: () => void) => {
    clearTimeout(watchers.get(look))
    watchers.delete(look)
  }

  return {
    ...proxy,
    ...server,
    url: `ws://127.0.0.1:${proxy.port}/`,
    counts,
    until(what, count, within = 4_000) {
      return new Promise((resolve, reject) => {
        const look = () => {
          const counted = counts()[what]
          if (gauges.includes(what) ? counted !== count : counted < count) return
          forget(look)
          resolve()
        }
        const giveUp = () => {
          forget(look)
          reject(new Error(`No ${count} ${what} within ${within} ms: ${JSON.stringify(counts())}`))
        }
        watchers.set(look, setTimeout(giveUp, within))
        look()
      })
    },
    numbers: () =>
      server.connections().map(({ frames }) => frames.map((frame) => Number.parseInt(String(frame), 10))),
    stop() {
      for (const look of watchers.keys()) forget(look)
      proxy.close()
      server.stop()
    },
  }
}
