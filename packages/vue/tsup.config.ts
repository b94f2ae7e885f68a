// Builds @hawser/vue.
import { defineConfig } from 'tsup'
import { library } from '../../tooling/tsup.mjs'

export default defineConfig(library(import.meta.dirname))
