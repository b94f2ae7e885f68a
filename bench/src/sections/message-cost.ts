// Measures what each client adds to the bare socket per message of 100 characters, sent and received, with no network.

import { namesWithControl } from '../contenders'
import type { Runner } from '../hosts/host'
import { type Row, table } from '../report'
import { againstBare, budget, rounds, type Settings, warmUp, withRunners } from '../rounds'
import { spread } from '../stats'

/**
 * Each has several processes or pages, all measured in each round: what the engine happens to make of the same code
 * differs by some nanoseconds from one to the next.
 */
const copies = 3
const contenders = namesWithControl.flatMap((name) => Array.from({ length: copies }, () => name))

/** How long one measurement takes: long enough to be timed well. */
const milliseconds = 15
const warmUpMessages = 50_000

export async function messageCost(settings: Settings): Promise<void> {
  for (const host of settings.hosts) {
    await withRunners(
      host,
      async (runners) => {
        for (const runner of runners) await runner.run('messageCost', 'prepare', null)
        for (const work of ['send', 'receive'] as const) {
          const measure = (runner: Runner, messages: number) => runner.run('messageCost', work, { messages })
          const warm = await warmUp(runners, 3, (runner) => measure(runner, warmUpMessages))
          // So many messages for each that all are timed for as long.
          const counts = new Map([...warm].map(([name, all]) => [name, enough(all.at(-1) ?? 0)]))
          const values = await rounds(runners, budget(settings, 17, 7), (runner) =>
            measure(runner, counts.get(runner.name) ?? warmUpMessages),
          )
          const rows = [...againstBare(values, (value, bare) => value - bare)].map(
            ([name, extra]): Row =>
              name === 'bare'
                ? { name, value: spread(values.get(name) ?? []), note: 'the whole cost, not a difference' }
                : { name, value: spread(extra) },
          )
          const limit = { most: work === 'send' ? 40 : 12 }
          table(`${work}, ${host.name}: ns per message over the bare socket`, rows, { limit })
        }
      },
      { contenders },
    )
  }
}

function enough(nanoseconds: number): number {
  const messages = (milliseconds * 1e6) / Math.max(nanoseconds, 1)
  return Math.round(Math.min(2_000_000, Math.max(10_000, messages)) / 1_000) * 1_000
}
