// Measures how long it takes from a link gone dead, which no TCP connection hears of, to open again; and what an idle
// socket with a heartbeat costs.

import { contender, names, namesForLiveness } from '../contenders'
import type { Host, Runner } from '../hosts/host'
import { type Row, table } from '../report'
import { type Settings, withRunners } from '../rounds'
import { type Link, openLink } from '../server/link'
import { type BenchServer, startServer } from '../server/start'
import { seeded, spread } from '../stats'

/** Breaks are spread over so many milliseconds, the longest interval between two pings: each phase of it has its turn. */
const pingInterval = 25_000
/** socket.io is the slowest that comes back: 45 s of silence, and a retry after 1.5 s at most. */
const patience = 50_000
/** Longer than what Hawser promises, shorter than what any heartbeat needs by itself. */
const eventBounds: Bounds = { patience: 10_000, promise: 6 }
/** Longer than Hawser's interval: before, an open connection is not doubted when a page is looked at. */
const silenceBeforeFocus = pingInterval + 2_000

interface Bounds {
  /** Milliseconds after which nobody is waited for. */
  readonly patience: number
  /** Seconds that Hawser takes at most, by its promise; what connecting takes comes on top. */
  readonly promise: number
}

/** Seconds that connecting may take over loopback, where the others do the same at the same moment. */
const connecting = 0.1

const idleSockets = 10_000
const idle = '10 000 idle sockets'
/** The first ping is out and not answered: more is never under way at once. */
const later = pingInterval + 1_000

const ours = 'hawser/heartbeat'
/** Who takes network events where there is no window. */
const takesEvents = [ours, 'centrifuge']

export async function liveness({ hosts, quick }: Settings): Promise<void> {
  console.log(
    '\nliveness: a proxy before the server goes on taking bytes and forwards none; new connections pass.',
  )
  for (const name of namesForLiveness) {
    const { note } = await contender(name)
    if (note && !names.includes(name)) console.log(`${name}: ${note}.`)
  }
  const server = await startServer()
  const opened: Connections[] = []
  const connectAll = async (contenders: (host: Host) => readonly string[]) => {
    const before = opened.length
    for (const host of hosts) opened.push(await connect(host, server, contenders(host), quick ? 4 : 8))
    return opened.slice(before)
  }
  try {
    // All that is slow to start is started before anything is measured.
    const forBreaks = await connectAll(() => namesForLiveness)
    const forNetwork = await connectAll(({ name }) => (name === 'Node' ? takesEvents : namesForLiveness))
    const forPage = await connectAll(() => [ours])
    // They do little but wait, and so they wait together.
    await Promise.all([
      ...forBreaks.map(breaks),
      ...forPage.map(pageEvent),
      Promise.all(forNetwork.map(networkEvent)).then(() => Promise.all(inNode(hosts).map(timers))),
    ])
  } finally {
    await Promise.all(opened.map(({ close }) => close()))
    await server.stop()
  }
  await Promise.all(inNode(hosts).map(memory))
}

const inNode = (hosts: readonly Host[]) => hosts.filter(({ name }) => name === 'Node')

// ---------------------------------------------------------------- half-open to open again

/** Connections of each contender, one over each link. */
interface Connections {
  readonly host: Host
  readonly links: readonly Link[]
  readonly runners: readonly Runner[]
  /** Milliseconds since the epoch. */
  readonly openedAt: number
  close(): Promise<void>
}

async function connect(
  host: Host,
  server: BenchServer,
  contenders: readonly string[],
  count: number,
): Promise<Connections> {
  const links = Array.from({ length: count }, () => openLink(server))
  const runners: Runner[] = []
  const close = async () => {
    await Promise.all(runners.map((runner) => runner.stop()))
    for (const link of links) link.close()
  }
  try {
    for (const name of contenders) {
      const runner = await host.start(name)
      runners.push(runner)
      const urls = await Promise.all(links.map((link) => link.url(name)))
      await runner.run('liveness', 'open', { urls })
    }
  } catch (error) {
    await close()
    throw error
  }
  return { host, links, runners, openedAt: Date.now(), close }
}

async function breaks({ host, links, runners }: Connections): Promise<void> {
  const random = seeded(1)
  const broken = await Promise.all(
    links.map(async (link, index) => {
      await pause(((index + random()) / links.length) * pingInterval)
      return link.goDead()
    }),
  )
  const waits = await waitsSince(broken, patience, runners)
  show(`half-open to open again, ${host.name}`, waits, { patience, promise: 36 })
}

async function networkEvent({ host, links, runners }: Connections): Promise<void> {
  const waits = await waitsSinceEvent(['offline', 'online'], links, runners)
  show(`half-open, offline and online, open again, ${host.name}`, waits, eventBounds)
  console.log(`${heard[host.name]}\n${answers}`)
}

const heard: Readonly<Record<Host['name'], string>> = {
  Node: '  Said by an object that they were given; the others take none.',
  Chromium:
    '  Said by the window. Of several socket.io-clients in one page every second misses `offline`: each that hears it\n' +
    '  leaves the list of listeners while that is walked.',
}
const answers =
  '  hawser/heartbeat asks the server first, and waits for 5 s where it has met no latency yet, as here; the others\n' +
  '  that come back have given the connection up at `offline`, dead or not.'

async function pageEvent({ host, links, runners, openedAt }: Connections): Promise<void> {
  for (const link of links) link.goDead()
  await pause(openedAt + silenceBeforeFocus - Date.now())
  const waits = await waitsSinceEvent(['focus'], links, runners)
  const seconds = silenceBeforeFocus / 1_000
  show(`half-open for ${seconds} s, focus, open again, ${host.name}`, waits, eventBounds)
}

/** Seconds from the event to open again. */
async function waitsSinceEvent(types: readonly string[], links: readonly Link[], runners: readonly Runner[]) {
  for (const link of links) link.goDead()
  const all = await Promise.all(
    runners.map(async (runner) => {
      const told = await runner.run('liveness', 'dispatch', { types })
      return waitsSince(
        links.map(() => told),
        eventBounds.patience,
        [runner],
      )
    }),
  )
  return all.flat()
}

interface Waits {
  readonly name: string
  /** Seconds; Infinity where patience ended first. */
  readonly all: readonly number[]
}

function waitsSince(
  since: readonly number[],
  patience: number,
  runners: readonly Runner[],
): Promise<Waits[]> {
  const by = Math.max(...since) + patience
  return Promise.all(
    runners.map(async (runner) => {
      const reopened = await runner.run('liveness', 'reopened', { by })
      const all = reopened.map((at, index) => at - (since[index] ?? Number.NaN))
      return {
        name: runner.name,
        all: all.map((wait, index) => (reopened[index] && wait <= patience ? wait / 1_000 : Infinity)),
      }
    }),
  )
}

function show(title: string, waits: readonly Waits[], { patience, promise }: Bounds): void {
  const within = `within ${patience / 1_000} s`
  const rows = waits.map(({ name, all }): Row => {
    const back = all.filter(Number.isFinite)
    const median = `median ${spread(back).median.toFixed(1)}`
    if (back.length === all.length) return { name, value: Math.max(...all), note: median }
    const note =
      back.length > 0 ? `only ${back.length} of ${all.length} ${within}, ${median}` : `not ${within}`
    // Hawser is judged nevertheless: it took that long at least.
    return { name, value: name === ours ? patience / 1_000 : undefined, note }
  })
  table(`${title}: s, the longest of ${waits[0]?.all.length}`, rows, {
    digits: 1,
    limit: { most: promise + connecting },
  })
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

// ---------------------------------------------------------------- what it costs

/** Who has timers or pings to keep a connection alive. */
const alive = [ours, 'centrifuge', '@microsoft/signalr', 'socket.io-client']

function timers(host: Host): Promise<void> {
  return withRunners(
    host,
    async (runners) => {
      const rows = await Promise.all(
        runners.map(async (runner): Promise<Row> => {
          const counts = await runner.run('idle', 'timers', { sockets: idleSockets, later })
          return { name: runner.name, value: counts.later, note: `${counts.atOpen} just after open` }
        }),
      )
      const title = `${idle}, ${host.name}: timers per socket after ${later / 1_000} s`
      table(title, rows, { digits: 2, limit: { most: 1 } })
    },
    { contenders: alive, countTimers: true },
  )
}

async function memory(host: Host): Promise<void> {
  await withRunners(
    host,
    async (runners) => {
      const bytes = new Map<string, number>()
      for (const runner of runners) {
        await runner.run('idle', 'grow', { sockets: idleSockets / 10 })
        bytes.set(runner.name, await runner.run('idle', 'grow', { sockets: idleSockets }))
      }
      const bare = bytes.get('bare') ?? Number.NaN
      const rows = [...bytes].map(
        ([name, all]): Row =>
          name === 'bare'
            ? { name, value: all, note: 'all of it, not a difference' }
            : { name, value: all - bare },
      )
      table(`${idle}, ${host.name}: bytes per socket in memory, over the bare one`, rows, {
        digits: 0,
      })
    },
    { contenders: ['bare', 'hawser', ...alive] },
  )
}
