// Builds the CDN build of @hawser/core for script tags: dist/hawser.global.js, which defines window.Hawser.
import { defineConfig } from 'tsup'

export default defineConfig({
  entry: { hawser: 'src/global.ts' },
  format: 'iife',
  globalName: 'Hawser',
  target: 'es2022',
  tsconfig: 'tsconfig.src.json',
  minify: true,
  sourcemap: true,
})
