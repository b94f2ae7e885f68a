// Measures how long it takes from a break (the server resets the connection) to open again, with the clients' defaults.

import { names } from '../contenders'
import { type Row, table } from '../report'
import { type Settings, withRunners } from '../rounds'
import { startServer } from '../server/start'
import { spread } from '../stats'

/** Several processes or pages for each, since reconnecting-websocket draws its delay once in each of them. */
const copies = 4

export async function recovery({ hosts, quick }: Settings): Promise<void> {
  const able = names.filter((name) => name !== 'bare')
  const contenders = able.flatMap((name) => Array.from({ length: copies }, () => name))
  // At most 255 WebSockets in all of a Chromium: 6 contenders × 4 pages × 8.
  const sockets = quick ? 8 : 10
  for (const host of hosts) {
    const server = await startServer()
    await withRunners(
      host,
      async (runners) => {
        for (const runner of runners) {
          await runner.run('recovery', 'open', { url: await server.url(runner.name), sockets })
        }
        await server.reset()
        const times = await Promise.all(
          runners.map(async (runner) => ({
            name: runner.name,
            all: await runner.run('recovery', 'recovered', { limit: 10_000 }),
          })),
        )
        const rows = able.map((name): Row => {
          const all = times.filter((one) => one.name === name).flatMap((one) => one.all)
          const broken = copies * sockets
          return {
            name,
            value: spread(all),
            note:
              all.length === broken
                ? `${broken} breaks`
                : `only ${all.length} of ${broken} came back in 10 s`,
          }
        })
        table(`break to open again, ${host.name}: ms`, rows, { digits: 0, limit: { most: 600 } })
      },
      { contenders },
    )
    await server.stop()
  }
}
