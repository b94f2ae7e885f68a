// Starts everything and prints the address of the page.
import { startPage } from './page-server.js'

const { url, chat } = await startPage({ chatPort: 8787, pagePort: 8080 })

console.log(`
  Hawser chat in Vue   ${url}

  Open it in two windows, chat, and press "Kill server" in one of them.
  The chat itself is at ${chat.url} · Ctrl+C ends both.
`)
