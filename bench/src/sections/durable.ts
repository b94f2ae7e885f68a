// Measures the store in a real page: what it costs to queue 10 000 messages on disk, and how long as many stored ones keep
// the first from going out.

import { table } from '../report'
import { budget, rounds, type Settings } from '../rounds'
import { spread } from '../stats'

const messages = 10_000

export async function durable(settings: Settings): Promise<void> {
  const host = settings.hosts.find(({ name }) => name === 'Chromium')
  if (!host) return console.log('\ndurable: measured in Chromium alone.')
  const runner = await host.start('hawser')
  try {
    const values = await rounds([runner], budget(settings, 7, 60), () =>
      runner.run('durable', 'live', { messages }),
    )
    const all = values.get('hawser') ?? []
    const of = (figure: keyof (typeof all)[number]) => spread(all.map((value) => value[figure]))
    table(
      `queue ${messages} messages offline, Chromium: milliseconds of the main thread`,
      [
        { name: 'hawser', value: of('queueing'), note: 'until all are on disk' },
        { name: 'in memory', value: of('inMemory') },
      ],
      { limit: { most: 1_000 } },
    )
    table(
      `the first of ${messages} stored messages, Chromium: milliseconds later than of none`,
      [{ name: 'hawser', value: of('delay') }],
      { limit: { most: 300 } },
    )
  } finally {
    await runner.stop()
  }
}
