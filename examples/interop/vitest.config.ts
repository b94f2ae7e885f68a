// How the tests run: all of them in Node, and those in test/everywhere in each browser engine found, too.
import { defineConfig } from 'vitest/config'
import { browserProjects, patience, reporting } from '../../tooling/vitest.mjs'

const everywhere = ['test/everywhere/*.test.js']

export default defineConfig({
  test: {
    ...reporting,
    globalSetup: ['test/everywhere/servers.setup.js'],
    projects: [
      {
        test: {
          ...patience,
          name: 'node',
          include: ['test/**/*.test.js'],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      ...(await browserProjects({ include: everywhere, dependencies: ['@msgpack/msgpack', 'zod'] })),
    ],
  },
})
