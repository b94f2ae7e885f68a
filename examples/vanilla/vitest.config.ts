// How the tests of the page run.
import { defineConfig } from 'vitest/config'
import { reporting } from '../../tooling/vitest.mjs'

export default defineConfig({ test: { ...reporting, include: ['test/**/*.test.js'], testTimeout: 180_000 } })
