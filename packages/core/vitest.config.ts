// The test projects of @hawser/core: units, the truth in Node and in every browser engine found, faults of real
// networks, the life of a page, queues that several tabs share, and the built files.
import { defineConfig } from 'vitest/config'
import type { EngineName } from '../../tooling/engines.mjs'
import { browserProjects, patience, reporting } from '../../tooling/vitest.mjs'
import { commands } from './test/support/commands.ts'

/** What works all the time comes first. */
const working = { sequence: { groupOrder: 0 }, maxWorkers: 2, pool: 'threads' } as const
/** What waits for timers and servers more than it works runs side by side, beside what takes long in one thread. */
const waiting = { sequence: { groupOrder: 1 }, maxWorkers: 4, ...patience } as const
/** And what looks at the time, beside one engine more. */
const timed = { sequence: { groupOrder: 2 }, maxWorkers: 2, ...patience } as const

/** In each engine. */
const truth = ['test/truth/*.test.ts']
/** In Node alone: what takes long, and is no engine's matter. */
const slow = ['test/truth/node/*.test.ts']
const properties = ['test/unit/properties/*.test.ts']

const browsers = (engines: readonly EngineName[], { sequence, maxWorkers }: typeof waiting | typeof timed) =>
  browserProjects({
    ...{ include: truth, dependencies: ['nanoevents', 'zod'], commands },
    ...{ engines, groupOrder: sequence.groupOrder, maxWorkers },
  })

export default defineConfig({
  test: {
    ...reporting,
    projects: [
      {
        test: {
          ...working,
          name: 'unit',
          include: ['src/**/*.test.ts', 'test/unit/**/*.test.ts'],
          exclude: properties,
          testTimeout: 20_000,
        },
      },
      { test: { ...working, name: 'built', include: ['test/built/**/*.test.ts'] } },
      { test: { ...waiting, name: 'properties', include: properties } },
      { test: { ...waiting, name: 'node', include: [...truth, ...slow] } },
      { test: { ...timed, name: 'network', include: ['test/network/**/*.test.ts'] } },
      { test: { ...timed, name: 'page', include: ['test/page/**/*.test.ts'] } },
      { test: { ...timed, name: 'tabs', include: ['test/tabs/**/*.test.ts'] } },
      ...(await browsers(['chromium', 'firefox'], waiting)),
      ...(await browsers(['webkit'], timed)),
    ],
  },
})
