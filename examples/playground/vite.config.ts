// Builds the page into dist/. Hawser itself comes as anybody gets it: from the packages, and as the CDN build beside them.
import { readFileSync } from 'node:fs'
import react from '@vitejs/plugin-react'
import vue from '@vitejs/plugin-vue'
import { defineConfig, type Plugin } from 'vite'

/** Puts the CDN build where the script tag looks for it, as it is: it must not become a part of the bundle. */
const cdnBuild: Plugin = {
  name: 'cdn-build',
  generateBundle() {
    const source = readFileSync(new URL('../../packages/core/dist/hawser.global.js', import.meta.url))
    this.emitFile({ type: 'asset', fileName: 'hawser.global.js', source })
  },
}

export default defineConfig({ plugins: [react(), vue(), cdnBuild] })
