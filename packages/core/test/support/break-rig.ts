// A server that counts behind a proxy that breaks, as one thing; and the judgement of what one client sent through it.

import { type BreakingProxy, startBreakingProxy } from './breaking-proxy.ts'
import { type CountingServer, startCountingServer } from './counting-server.ts'
import { judge, type Tally } from './tally.ts'
import type { Account, Mode } from './traffic.ts'
import { createWatch, type Watch } from './watch.ts'

export interface BreakRigOptions {
  readonly mode: Mode
  /** Acks come for many messages at once. */
  readonly inBatches: boolean
  readonly seed: number
  readonly breaks: number
}

/** `breaks` and `arrivals` only go up; `alive` and `open` are the connections of the proxy and of the server. */
type BreakCounts = ReturnType<BreakingProxy['counts']> & ReturnType<CountingServer['counts']>

export interface BreakRig {
  /** Where the client connects to: the proxy. */
  readonly url: string
  counts(): BreakCounts
  until: Watch<BreakCounts>['until']
  tally(account: Account): Tally
  stop(): void
}

export async function startBreakRig({ mode, inBatches, seed, breaks }: BreakRigOptions): Promise<BreakRig> {
  const counts = () => ({ ...proxy.counts(), ...server.counts() })
  const watch = createWatch<BreakCounts>(counts, ['alive', 'open'])
  const acks = mode === 'acks' ? (inBatches ? 'batches' : 'each') : 'none'
  const server = await startCountingServer({ acks, dropsDoubles: mode !== 'none' }, watch.changed)
  const proxy = await startBreakingProxy({ seed, breaks, confirms: mode !== 'none', server }, watch.changed)
  return {
    url: `ws://127.0.0.1:${proxy.port}/`,
    counts,
    until: watch.until,
    tally: (account) => ({
      breaks: proxy.counts().breaks,
      kinds: proxy.kinds(),
      ...judge(server.arrivals(), account),
    }),
    stop() {
      watch.stop()
      proxy.stop()
      server.stop()
    },
  }
}
