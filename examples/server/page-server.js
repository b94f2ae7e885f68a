// Starts the chat server, and beside it the server that serves a built page and breaks the chat on request.
import { existsSync } from 'node:fs'
import { startChatServer } from './chat-server.js'
import { startControlServer } from './control-server.js'

/**
 * @param {object} options
 * @param {string} options.folder where the built page is
 * @param {number} [options.chatPort] the port to take; a free one where it is taken, or 0
 * @param {number} [options.pagePort] likewise
 */
export async function startBuiltPage({ folder, chatPort = 0, pagePort = 0 }) {
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
