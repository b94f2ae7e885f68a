// Starts this page, with the chat server that it talks to.
import { fileURLToPath } from 'node:url'
import { startBuiltPage } from '@hawser/example-server'

/** Where `vite build` puts the page. */
const BUILT = fileURLToPath(new URL('./dist/', import.meta.url))

/**
 * @param {{ chatPort?: number, pagePort?: number, folder?: string }} [options] the ports to take; free ones where these
 *   are taken, or 0. And where the built page is
 */
export function startPage({ folder = BUILT, ...ports } = {}) {
  return startBuiltPage({ folder, ...ports })
}
