// How the tests of the example server run.
import { defineConfig } from 'vitest/config'
import { patience, reporting } from '../../tooling/vitest.mjs'

export default defineConfig({
  test: { ...reporting, ...patience, include: ['test/**/*.test.js'], maxWorkers: 2 },
})
