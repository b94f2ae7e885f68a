// Measures 100 000 waiting messages of 100 characters: the time to queue one, its memory, and what the flush does.

import { contender, names, namesWithControl } from '../contenders'
import type { Host, Runner } from '../hosts/host'
import { type Row, table } from '../report'
import { againstBare, budget, rounds, type Settings, warmUp, withRunners } from '../rounds'
import { type BenchServer, startServer } from '../server/start'
import { spread } from '../stats'

const messages = 100_000
/** The default high-water mark and one message with its frame around it (RFC 6455 section 5.2: 6 bytes). */
const peak = 65_536 + 100 + 6

export async function queue(settings: Settings): Promise<void> {
  for (const host of settings.hosts) {
    const server = await startServer()
    await withRunners(
      host,
      async (runners) => {
        await waiting(host, runners, settings)
        await flushing(host, runners, settings, server)
      },
      { contenders: namesWithControl },
    )
    await server.stop()
  }
}

async function waiting(host: Host, runners: readonly Runner[], settings: Settings) {
  const able: Runner[] = []
  for (const runner of runners) if ((await contender(runner.name)).queues) able.push(runner)
  const measure = (runner: Runner) => runner.run('queue', 'wait', { messages })
  await warmUp(able, 1, measure)
  const values = await rounds(able, budget(settings, 9, 6), measure)
  const rows = (pick: 'nanoseconds' | 'bytes'): Row[] =>
    names
      .filter((name) => name !== 'bare')
      .map((name) => {
        const all = values.get(name)
        return all ? { name, value: spread(all.map((one) => one[pick])) } : { name, note: 'has no queue' }
      })
  table(`queueing, ${host.name}: ns for each of 100 000 messages`, rows('nanoseconds'), {
    limit: { most: 150 },
  })
  table(`queueing, ${host.name}: bytes per waiting message over its text`, rows('bytes'), {
    limit: { most: 150 },
  })
}

async function flushing(host: Host, runners: readonly Runner[], settings: Settings, server: BenchServer) {
  const flush = async (runner: Runner, messages: number, how: 'timed' | 'watched' | 'slow') =>
    runner.run('queue', 'flush', { url: await server.url(runner.name), messages, how })
  const count = await affordable(runners, (runner, messages) => flush(runner, messages, 'timed'))
  const what = `${count / 1_000} 000 messages`
  const watch = (runner: Runner) => flush(runner, count, 'watched')

  const warm = await warmUp(runners, 1, watch)
  const first = (name: string) => warm.get(name)?.[0]?.milliseconds ?? Number.NaN
  // What takes seconds is not repeated, and shows its first value; websocket-ts does.
  const quick = runners.filter(({ name }) => first(name) < 5 * first('bare'))

  const timed = await rounds(quick, budget(settings, 15, 10), (runner) => flush(runner, count, 'timed'))
  const times = new Map([...timed].map(([name, all]) => [name, all.map(({ milliseconds }) => milliseconds)]))
  const bare = spread(times.get('bare') ?? []).median
  const ratios = againstBare(times, (value, bare) => value / bare)
  const rows = runners.map(({ name }): Row => {
    if (name === 'bare') return { name, value: 1, note: `a bare loop of send: ${bare.toFixed(0)} ms` }
    const all = ratios.get(name)
    if (!all) return { name, value: first(name) / first('bare'), note: 'one value' }
    const note = name === 'sockette' ? 'that loop: it has no queue' : undefined
    return { name, value: spread(all), note }
  })
  table(`flush of ${what}, ${host.name}: time, ratio to a bare loop of send`, rows, {
    digits: 2,
    limit: { most: 1.1 },
  })

  const ours = (runner: Runner) => names.includes(runner.name)
  const watched = await rounds(quick.filter(ours), budget(settings, 5, 5), watch)
  const stalls = runners.filter(ours).map(({ name }): Row => {
    const all = watched.get(name) ?? warm.get(name) ?? []
    return { name, value: spread(all.map((one) => one.longestStall)) }
  })
  const rest = (runner: Runner) => runner.run('queue', 'rest', Math.min(bare, 1_000))
  const idle = await rounds(
    runners.filter((runner) => !ours(runner)),
    { rounds: 5, seconds: 5 },
    rest,
  )
  for (const [, all] of idle) {
    stalls.unshift({ name: '(nothing)', value: spread(all), note: 'an idle loop: what the machine does' })
  }
  table(`flush of ${what}, ${host.name}: longest stall of the event loop, ms`, stalls, {
    limit: { most: 16 },
  })

  const peaks: Row[] = []
  for (const runner of runners.filter(ours)) {
    const { peakBuffered } = await flush(runner, count, 'slow')
    peaks.push({ name: runner.name, value: peakBuffered })
  }
  table(`flush of ${what} to a slow server, ${host.name}: highest bufferedAmount, bytes`, peaks, {
    digits: 0,
    limit: { most: peak },
  })
}

/** All 100 000 messages, or as many as a bare loop gets through in a second on this machine, but not under 20 000. */
async function affordable(
  runners: readonly Runner[],
  flush: (runner: Runner, messages: number) => Promise<{ milliseconds: number }>,
): Promise<number> {
  const bare = runners.filter(({ name }) => name === 'bare')
  const probe = 10_000
  const found = await rounds(bare, { rounds: 3, seconds: 0 }, (runner) => flush(runner, probe))
  const { median } = spread((found.get('bare') ?? []).map(({ milliseconds }) => milliseconds))
  const count = Math.floor((1_000 / median) * (probe / 1_000)) * 1_000
  return Math.min(messages, Math.max(20_000, count))
}
