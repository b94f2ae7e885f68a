// The tests over the packages as a whole.
import { defineConfig } from 'vitest/config'
import { reporting } from '../tooling/vitest.mjs'

export default defineConfig({ test: { ...reporting, name: 'checks', include: ['*.test.mjs'] } })
