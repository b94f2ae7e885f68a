// Measures messages a second out and in, and the time of a round trip, over loopback, against the bare socket.

import { namesWithControl as contenders } from '../contenders'
import type { Runner } from '../hosts/host'
import { table } from '../report'
import { againstBare, budget, rounds, type Settings, warmUp, withRunners } from '../rounds'
import { startServer } from '../server/start'
import { spread } from '../stats'

/** How long one measurement takes with the bare socket. */
const seconds = 0.08

export async function throughput(settings: Settings): Promise<void> {
  for (const host of settings.hosts) {
    const server = await startServer()
    await withRunners(
      host,
      async (runners) => {
        for (const runner of runners) {
          await runner.run('throughput', 'prepare', { url: await server.url(runner.name) })
        }
        for (const { title, unit, limit, work } of figures) {
          // The same number of messages for all.
          const warm = await warmUp(runners, 3, (runner) => measure(runner, work, 1_000))
          const messages = Math.max(
            500,
            Math.round((spread(warm.get('bare') ?? []).median * seconds) / 100) * 100,
          )
          const values = await rounds(runners, budget(settings, 41, 10), (runner) =>
            measure(runner, work, messages),
          )
          const bare = unit(spread(values.get('bare') ?? []).median)
          const ratio = work === 'echo' ? inverse : direct
          const rows = [...againstBare(values, ratio)].map(([name, ratios]) =>
            name === 'bare' ? { name, value: 1, note: bare } : { name, value: spread(ratios) },
          )
          table(`${title}, ${host.name}: ratio to the bare socket`, rows, { digits: 3, limit })
        }
      },
      { contenders },
    )
    await server.stop()
  }
}

/** Messages, or round trips, a second. */
const measure = (runner: Runner, work: 'out' | 'into' | 'echo', messages: number) =>
  runner.run('throughput', work, { messages })

const direct = (value: number, bare: number) => value / bare
/** A latency is one over the round trips a second. */
const inverse = (value: number, bare: number) => bare / value

const thousands = (perSecond: number) => `${(perSecond / 1_000).toFixed(0)} thousand a second`

const figures = [
  { title: 'messages out', work: 'out', unit: thousands, limit: { least: 0.97 } },
  { title: 'messages in', work: 'into', unit: thousands, limit: { least: 0.97 } },
  {
    title: 'echo latency',
    work: 'echo',
    unit: (perSecond: number) => `${(1e6 / perSecond).toFixed(0)} µs`,
    limit: { most: 1.05 },
  },
] as const
