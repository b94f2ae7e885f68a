// Measures what a request and its answer cost over a bare pair of messages with the same JSON, with no network.

import { control } from '../contenders'
import type { Runner } from '../hosts/host'
import { table } from '../report'
import { againstBare, budget, rounds, type Settings, warmUp, withRunners } from '../rounds'
import { spread } from '../stats'

/** Each has several processes or pages: see `message-cost`. */
const copies = 3
const contenders = ['bare', control, 'hawser'].flatMap((name) => Array.from({ length: copies }, () => name))
const pairs = 10_000

export async function requests(settings: Settings): Promise<void> {
  for (const host of settings.hosts) {
    await withRunners(
      host,
      async (runners) => {
        for (const runner of runners) await runner.run('requests', 'prepare', null)
        for (const runner of runners) await runner.run('requests', 'accept', null)
        const measure = (runner: Runner) => runner.run('requests', 'ask', { pairs })
        await warmUp(runners, 4, measure)
        const values = await rounds(runners, budget(settings, 21, 10), measure)
        const rows = [...againstBare(values, (value, bare) => value - bare)].map(([name, extra]) =>
          name === 'bare'
            ? { name, value: spread(values.get(name) ?? []), note: 'the whole cost, not a difference' }
            : { name, value: spread(extra) },
        )
        table(`request and answer, ${host.name}: ns over a bare pair of messages`, rows, {
          limit: { most: 1_000 },
        })
      },
      { contenders },
    )
  }
}
