// What a page can ask of Node, beyond the rigs: to be rendered there.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { commands as rigs } from '../../../core/test/support/commands.ts'

export const commands = {
  ...rigs,

  /** The page as a server renders it, in a process of its own: what is a browser here stays out of it. */
  async renderOnServer(_context: unknown, url: string, react: string): Promise<string> {
    const render = fileURLToPath(new URL('./render.mjs', import.meta.url))
    const preload = react === '18' ? ['--import', new URL('./react-18.mjs', import.meta.url).href] : []
    const { stdout } = await promisify(execFile)(process.execPath, [...preload, render, url])
    return stdout
  },
}
