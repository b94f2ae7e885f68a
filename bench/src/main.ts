// Runs the sections that are asked for, or all: pnpm bench [section …] [--quick] [--node | --chromium].

import { cpus } from 'node:os'
import { contender, names } from './contenders'
import { chromiumHost } from './hosts/chromium'
import type { Host } from './hosts/host'
import { nodeHost } from './hosts/node'
import { summary } from './report'
import type { Settings } from './rounds'
import { breaks } from './sections/breaks'
import { confirmed } from './sections/confirmed'
import { durable } from './sections/durable'
import { faces } from './sections/faces'
import { idle } from './sections/idle'
import { liveness } from './sections/liveness'
import { messageCost } from './sections/message-cost'
import { queue } from './sections/queue'
import { recovery } from './sections/recovery'
import { requests } from './sections/requests'
import { sizes } from './sections/sizes'
import { storm } from './sections/storm'
import { throughput } from './sections/throughput'

const sections: Readonly<Record<string, (settings: Settings) => Promise<void>>> = {
  'message-cost': messageCost,
  throughput,
  confirmed,
  requests,
  durable,
  queue,
  recovery,
  storm,
  liveness,
  breaks,
  idle,
  faces,
  sizes,
}

const given = process.argv.slice(2).filter((word) => word !== '--')
const flags = given.filter((word) => word.startsWith('--'))
const asked = given.filter((word) => !word.startsWith('--'))
// `send` and `receive` are halves of one section.
const wanted = asked.map((word) => (word === 'send' || word === 'receive' ? 'message-cost' : word))
const wrong = [
  ...wanted.filter((word) => !sections[word]),
  ...flags.filter((flag) => !['--quick', '--node', '--chromium'].includes(flag)),
]

if (wrong.length > 0) {
  console.error(
    `Not known: ${wrong.join(', ')}. Sections: ${Object.keys(sections).join(', ')}; --quick, --node, --chromium.`,
  )
  process.exitCode = 1
} else await run(wanted.length > 0 ? wanted : Object.keys(sections))

async function run(wanted: readonly string[]) {
  const hosts: Host[] = []
  if (!flags.includes('--chromium')) hosts.push(nodeHost())
  const chromium = flags.includes('--node') ? undefined : await chromiumHost()
  if (chromium) hosts.push(chromium)
  else if (!flags.includes('--node')) console.log('No chromium on the PATH: Node alone.')

  const versions = hosts.map(({ name, version }) => `${name} ${version}`).join(', ')
  console.log(`${versions}; ${cpus().length} × ${cpus()[0]?.model.trim()}`)
  console.log('Each line: median, first – third quartile. All clients take turns in each round.')
  for (const name of names) {
    const { note } = await contender(name)
    if (note) console.log(`${name}: ${note}.`)
  }
  const start = performance.now()
  for (const section of wanted) {
    const begun = performance.now()
    try {
      await sections[section]?.({ hosts, quick: flags.includes('--quick') })
    } catch (error) {
      console.error(`\n${section} failed:`, error)
      process.exitCode = 1
    }
    console.log(`\n(${section}: ${seconds(begun)} s)`)
  }
  for (const host of hosts) await host.stop()
  summary()
  console.log(`\n${seconds(start)} s in all`)
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1_000).toFixed(0)
}
