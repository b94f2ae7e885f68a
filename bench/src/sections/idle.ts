// Measures what an open socket costs when nothing happens: bytes over the bare one, and timers.

import { names } from '../contenders'
import type { Runner } from '../hosts/host'
import { type Row, table } from '../report'
import { againstBare, budget, rounds, type Settings, warmUp, withRunners } from '../rounds'
import { startServer } from '../server/start'
import { spread } from '../stats'

const sockets = 2_000
/** All stay open at the one server: so few that no limit on open files is met. */
const overLoopback = 250
/** Past partysocket's and reconnecting-websocket's `minUptime`, which they keep a timer for. */
const later = 5_500

export async function idle(settings: Settings): Promise<void> {
  for (const host of settings.hosts) {
    await withRunners(host, async (runners) => {
      const grow = (runner: Runner) => runner.run('idle', 'grow', { sockets })
      await warmUp(runners, 1, grow)
      const values = await rounds(runners, budget(settings, 5, 8), grow)
      table(`idle, ${host.name}: bytes per open socket in memory, over the bare one`, overBare(values), {
        digits: 0,
        limit: { most: 2_500 },
      })
    })

    await withRunners(
      host,
      async (runners) => {
        const counts = await Promise.all(
          runners.map(async (runner) => ({
            name: runner.name,
            ...(await runner.run('idle', 'timers', { sockets: 200, later })),
          })),
        )
        const rows = counts.map(
          ({ name, atOpen, later: value }): Row => ({
            name,
            value,
            note: atOpen === value ? undefined : `${atOpen} just after open`,
          }),
        )
        table(`idle, ${host.name}: timers per open socket`, rows, { digits: 2, limit: { most: 0 } })
      },
      { countTimers: true },
    )

    // A Chromium has at most 255 WebSockets; over the network the bytes are measured in Node alone.
    if (host.name !== 'Node') continue
    const server = await startServer()
    await withRunners(host, async (runners) => {
      const grow = async (runner: Runner) =>
        runner.run('idle', 'growReal', { url: await server.url(runner.name), sockets: overLoopback })
      await warmUp(runners, 1, grow)
      const values = await rounds(runners, budget(settings, 3, 6), grow)
      table(`idle, ${host.name}: bytes per open socket over loopback, over the bare one`, overBare(values), {
        digits: 0,
        limit: { most: 2_500 },
      })
    })
    await server.stop()
  }
}

function overBare(values: ReadonlyMap<string, readonly number[]>): Row[] {
  const extra = againstBare(values, (value, bare) => value - bare)
  return names.map((name) =>
    name === 'bare'
      ? { name, value: spread(values.get(name) ?? []), note: 'all of it, not a difference' }
      : { name, value: spread(extra.get(name) ?? []) },
  )
}
