// Starts the chat server, and beside it the server that serves this page and breaks the chat on request.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { startChatServer, startControlServer } from '@hawser/example-server'

/** Where `vite build` puts the page. */
const BUILT = fileURLToPath(new URL('./dist/', import.meta.url))

/**
 * @param {object} [options]
 * @param {number} [options.chatPort] the port to take; a free one where it is taken, or 0
 * @param {number} [options.pagePort] likewise
 * @param {string} [options.folder] where the built page is
 */
export async function startPage({ chatPort = 0, pagePort = 0, folder = BUILT } = {}) {
  if (!existsSync(folder))
    throw new Error('The page is not built yet. `npm run build` in its folder does it.')
  const chat = await startChatServer({ port: chatPort })
  const control = await startControlServer({ chat, port: pagePort, files: { '/': folder } })
  return {
    chat,
    url: control.url,
    async close() {
      await control.close()
      await chat.close()
    },
  }
}
