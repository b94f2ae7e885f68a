// Builds the doors of @hawser/core.
import { defineConfig } from 'tsup'
import { library } from '../../tooling/tsup.mjs'

export default defineConfig(
  library(import.meta.dirname, {
    // nanoevents is ESM only: with it inside, the CommonJS build needs nothing.
    noExternal: ['nanoevents'],
    dts: { resolve: ['nanoevents'] },
    // What two doors share is there once, in CommonJS too.
    splitting: true,
  }),
)
