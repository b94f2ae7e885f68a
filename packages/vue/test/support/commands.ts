// What a page can ask of Node: a page as the server renders it.

import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { build } from 'esbuild'

const root = resolve(import.meta.dirname, '../..')

/** @param alias where the packages of the Vue that renders are found */
export const pageCommands = (alias: Record<string, string>) => ({
  async renderOnServer(_context: unknown, url: string): Promise<string> {
    const { outputFiles } = await build({
      absWorkingDir: root,
      entryPoints: ['test/support/rendered.ts'],
      bundle: true,
      write: false,
      platform: 'node',
      format: 'cjs',
      alias,
    })
    const module = { exports: {} as { onServer(url: string): Promise<string> } }
    const run = new Function('module', 'require', outputFiles[0]?.text ?? '')
    run(module, createRequire(`${root}/`))
    return module.exports.onServer(url)
  },
})

declare module 'vitest/browser' {
  interface BrowserCommands {
    renderOnServer(url: string): Promise<string>
  }
}
