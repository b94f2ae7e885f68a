// Builds the doors of @hawser/core.
import { defineConfig } from 'tsup'
import { library } from '../../tooling/tsup.mjs'

export default defineConfig(
  library(import.meta.dirname, {
    // With it inside, the package depends on nothing; it is ESM only besides.
    noExternal: ['nanoevents'],
    dts: { resolve: ['nanoevents'] },
    // What two doors share is there once, in CommonJS too.
    splitting: true,
  }),
)
