// The playground as start.js and the tests start it: the server, with the built page.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { startPlayground } from './server/index.js'

const PAGE = fileURLToPath(new URL('./dist/', import.meta.url))

/**
 * @param {{ pagePort?: number, socketPort?: number }} [options] the ports to take; free ones where these are taken, or 0
 */
export async function startPage({ pagePort = 0, socketPort = 0 } = {}) {
  if (!existsSync(PAGE)) {
    throw new Error('The page is not built yet. `npm start` at the root of the repository builds it.')
  }
  return startPlayground({ files: { '/': PAGE }, pagePort, socketPort })
}
