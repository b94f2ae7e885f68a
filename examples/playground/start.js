// Starts everything and prints the address of the page.
import { startPage } from './page-server.js'

const { url, socketUrl } = await startPage({ pagePort: 8080, socketPort: 8787 })

console.log(`
  Hawser playground   ${url}

  Press "Kill the server", wait, press "Restart the server", and see what arrives.
  The WebSocket endpoint is at ${socketUrl} · Ctrl+C ends everything.
`)
