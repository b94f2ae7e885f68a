// How the tests of the playground run.
import { defineConfig } from 'vitest/config'
import { reporting } from '../../tooling/vitest.mjs'

export default defineConfig({
  test: {
    ...reporting,
    include: ['test/**/*.test.js'],
    testTimeout: 180_000,
    maxConcurrency: 4,
    maxWorkers: 2,
  },
})
