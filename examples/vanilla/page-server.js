// Starts the chat server, and beside it the server that serves this page and breaks the chat on request.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { startChatServer, startControlServer } from '@hawser/example-server'

/** @param {string} path */
const at = (path) => fileURLToPath(new URL(path, import.meta.url))

/** Where a CDN would have it. */
const HAWSER = at('../../packages/core/dist/hawser.global.js')

/**
 * @param {{ chatPort?: number, pagePort?: number }} [options] the ports to take; free ones where these are taken, or 0
 */
export async function startPage({ chatPort = 0, pagePort = 0 } = {}) {
  if (!existsSync(HAWSER)) {
    throw new Error(
      'The CDN build of Hawser is not there yet. `npm start` at the root of the repository makes it.',
    )
  }
  const chat = await startChatServer({ port: chatPort })
  const files = { '/': at('./page/'), '/hawser.global.js': HAWSER }
  const control = await startControlServer({ chat, port: pagePort, files })
  return {
    chat,
    url: control.url,
    async close() {
      await control.close()
      await chat.close()
    },
  }
}
