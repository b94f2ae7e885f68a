// Measures what it costs to have messages confirmed by acks: each send in memory, and messages a second over loopback.

import { namesForConfirmed } from '../contenders'
import { type Row, table } from '../report'
import { budget, rounds, type Settings, warmUp, withRunners } from '../rounds'
import { startServer } from '../server/start'
import { spread } from '../stats'

const copies = 3
const bare = 'bare json'
const none = 'hawser/json'
const messages = 20_000

export async function confirmed(settings: Settings): Promise<void> {
  for (const host of settings.hosts) {
    const contenders = namesForConfirmed.flatMap((name) => Array.from({ length: copies }, () => name))
    await withRunners(
      host,
      async (runners) => {
        for (const runner of runners) await runner.run('messageCost', 'prepare', null)
        await warmUp(runners, 3, (runner) => runner.run('messageCost', 'send', { messages }))
        const values = await rounds(runners, budget(settings, 25, 8), (runner) =>
          runner.run('messageCost', 'send', { messages }),
        )
        const rows = compared(values, bare, (value, base) => value - base)
        table(`send with acks, ${host.name}: ns per message over the bare socket with the same JSON`, rows, {
          limit: { most: 120 },
        })
      },
      { contenders },
    )

    const server = await startServer()
    await withRunners(
      host,
      async (runners) => {
        for (const runner of runners) {
          await runner.run('throughput', 'prepare', { url: await server.url('hawser') })
        }
        const measure = (runner: (typeof runners)[number]) => runner.run('throughput', 'out', { messages })
        await warmUp(runners, 2, measure)
        const values = await rounds(runners, budget(settings, 31, 15), measure)
        const rows = compared(values, none, (value, base) => value / base)
        table(`messages out with acks, ${host.name}: ratio to Hawser without`, rows, {
          digits: 3,
          limit: { least: 0.9 },
        })
      },
      { contenders: namesForConfirmed },
    )
    await server.stop()
  }
}

/** Each value against one of the same round of those that are compared with. */
function compared(
  values: ReadonlyMap<string, readonly number[]>,
  base: string,
  compare: (value: number, base: number) => number,
): Row[] {
  const bases = values.get(base) ?? []
  return [...values].map(([name, all]) =>
    name === base
      ? { name, value: spread(all), note: 'the whole, not a comparison' }
      : { name, value: spread(all.map((value, round) => compare(value, bases[round] ?? Number.NaN))) },
  )
}
