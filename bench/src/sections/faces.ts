// Measures what a burst of messages costs a page with one component that shows the last: renders, time, messages heard;
// and how many native sockets StrictMode leads to.

import { faceNames, loadFace } from '../faces'
import type { Host, Runner } from '../hosts/host'
import { table } from '../report'
import { againstBare, budget, rounds, type Settings } from '../rounds'
import { type BenchServer, startServer } from '../server/start'
import { spread } from '../stats'
import type { Burst } from './faces.work'

const messages = 10_000
/** Faces of React, the only ones that StrictMode means something to. */
const isReact = (name: string) => /react/.test(name)

export async function faces(settings: Settings): Promise<void> {
  const host = settings.hosts.find(({ name }) => name === 'Chromium')
  if (!host) return console.log('\nFaces need a page: no Chromium, no figures.')
  const server = await startServer()
  await bursts(host, server, settings)
  await strict(host, server)
  await server.stop()
}

async function bursts(host: Host, server: BenchServer, settings: Settings): Promise<void> {
  const runners: Runner[] = []
  for (const name of faceNames) runners.push(await open(host, server, name))
  const measure = (runner: Runner) => runner.run('faces', 'burst', { messages })
  await rounds(runners, { rounds: 3, seconds: 30 }, measure)
  const values = await rounds(runners, budget(settings, 15, 60), measure)
  await Promise.all(runners.map((runner) => runner.stop()))

  for (const { title, of, limit } of times) {
    const figures = new Map([...values].map(([name, all]) => [name, all.map(of)]))
    const bare = spread(figures.get('bare') ?? []).median
    const rows = [...againstBare(figures, (value, bare) => value / bare)].map(([name, ratios]) =>
      name === 'bare' ? { name, value: 1, note: `${bare.toFixed(0)} ms` } : { name, value: spread(ratios) },
    )
    facesTable(`a burst of ${messages} messages, ${title}: ratio to the bare socket`, rows, limit, 3)
  }
  const figure = (title: string, of: (burst: Burst) => number, most?: number) =>
    facesTable(
      title,
      [...values].map(([name, all]) => ({ name, value: spread(all.map(of)) })),
      most,
      2,
    )
  figure(`renders per frame in a burst of ${messages}`, ({ renders, frames }) => renders / frames, 1)
  figure(`renders in a burst of ${messages}`, ({ renders }) => renders)
  figure(`messages heard of ${messages}`, ({ heard }) => heard)
  for (const name of faceNames) {
    const { note } = await loadFace(name)
    if (note) console.log(`  ${name} ${note}.`)
  }
}

const times = [
  { title: 'until the last was told', of: ({ heardAfter }: Burst) => heardAfter, limit: 1.15 },
  { title: 'until the last is shown', of: ({ shownAfter }: Burst) => shownAfter, limit: 1.15 },
] as const

/** In a development build: the other one has no StrictMode. */
async function strict(host: Host, server: BenchServer): Promise<void> {
  const rows = []
  for (const name of faceNames.filter(isReact)) {
    const runner = await open(host, server, name, true)
    rows.push({ name, value: await runner.run('faces', 'sockets', undefined) })
    await runner.stop()
  }
  facesTable('native sockets of one component in StrictMode', rows, 1, 0)
}

async function open(host: Host, server: BenchServer, face: string, strict = false): Promise<Runner> {
  const runner = await host.start('bare', { development: strict })
  await runner.run('faces', 'mount', { face, url: await server.url('bare'), strict })
  return { ...runner, name: face }
}

/** The limit is that of both of Hawser's faces. */
function facesTable(
  title: string,
  rows: Parameters<typeof table>[1],
  most: number | undefined,
  digits: number,
): void {
  table(title, rows, { digits, ...(most !== undefined && { limit: { most } }) })
}
