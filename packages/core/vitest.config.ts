// The test projects of @hawser/core: units, the truth in Node and in every browser engine found, faults of real
// networks, the life of a page, and the built files.
import { defineConfig } from 'vitest/config'
import { browserProjects, reporting } from '../../tooling/vitest.mjs'
import { commands } from './test/support/commands.ts'

const truth = ['test/truth/**/*.test.ts']
const slow = ['test/truth/{authorised,hanging-tokens,rotation}.test.ts']

export default defineConfig({
  test: {
    ...reporting,
    projects: [
      { test: { name: 'unit', include: ['src/**/*.test.ts', 'test/unit/**/*.test.ts'] } },
      { test: { name: 'built', include: ['test/built/**/*.test.ts'], sequence: { groupOrder: 1 } } },
      {
        test: {
          name: 'node',
          include: truth,
          exclude: slow,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      // They wait more than they work: side by side.
      { test: { name: 'node auth', include: slow, sequence: { groupOrder: 2 } } },
      {
        test: {
          name: 'network',
          include: ['test/network/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 30_000,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          name: 'page',
          include: ['test/page/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 30_000,
          sequence: { groupOrder: 4 },
        },
      },
      ...(await browserProjects({ include: truth, dependencies: ['nanoevents', 'zod'], commands })),
    ],
  },
})
