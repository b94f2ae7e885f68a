// This machine only: where the servers listen, and whom they answer.
import { once } from 'node:events'

const HOST = '127.0.0.1'
const NAMES = [HOST, 'localhost', '[::1]']

/**
 * Listens on loopback at `port`, or at a free port where that one is taken.
 *
 * @param {import('node:http').Server} server
 * @param {number} port
 * @returns {Promise<number>} the port that it listens on
 */
export async function listen(server, port) {
  try {
    return await listenOn(server, port)
  } catch (error) {
    // EACCES is what Windows says of ports that it keeps for itself.
    if (port === 0 || !['EADDRINUSE', 'EACCES'].includes(codeOf(error))) throw error
    return await listenOn(server, 0)
  }
}

/**
 * Listens on loopback at exactly that port; 0 takes a free one.
 *
 * @param {import('node:http').Server} server
 * @param {number} port
 * @returns {Promise<number>}
 */
export async function listenOn(server, port) {
  server.listen(port, HOST)
  await once(server, 'listening')
  return /** @type {import('node:net').AddressInfo} */ (server.address()).port
}

/**
 * Whether a request was meant for this machine and comes from a page of this machine or from no page at all. Listening
 * on loopback does not say so yet: any web page that is open here can send requests to it.
 *
 * @param {import('node:http').IncomingMessage} request
 */
export function isLocal({ headers }) {
  return isLocalUrl(`http://${headers.host}`) && (headers.origin === undefined || isLocalUrl(headers.origin))
}

/** @param {string} url */
function isLocalUrl(url) {
  return URL.canParse(url) && NAMES.includes(new URL(url).hostname)
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
