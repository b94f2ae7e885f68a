// How the tests of the example server run.
import { defineConfig } from 'vitest/config'
import { reporting } from '../../tooling/vitest.mjs'

export default defineConfig({ test: { ...reporting, include: ['test/**/*.test.js'] } })
