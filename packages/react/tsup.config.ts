// Builds @hawser/react; the banner lets server components import it.
import { defineConfig } from 'tsup'
import { library } from '../../tooling/tsup.mjs'

export default defineConfig(library(import.meta.dirname, { banner: { js: "'use client'" } }))
