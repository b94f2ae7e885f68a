// The tests of @hawser/react: units in a simulated page.
import { defineConfig } from 'vitest/config'
import { reporting } from '../../tooling/vitest.mjs'

export default defineConfig({
  test: { ...reporting, name: 'unit', include: ['test/**/*.test.{ts,tsx}'], environment: 'happy-dom' },
})
