// The tests over the packages as a whole.
import { defineConfig } from 'vitest/config'
import { patience, reporting } from '../tooling/vitest.mjs'

export default defineConfig({ test: { ...reporting, ...patience, name: 'checks', include: ['*.test.mjs'] } })
