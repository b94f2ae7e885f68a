// An echo over TLS (`wss:`), with a certificate made on the spot. Shows how Node is told whom to trust: by a subclass of
// `ws` that adds `ca`. A browser asks its own list, or the person in front of it.
import { createHash, X509Certificate } from 'node:crypto'
import { createServer } from 'node:https'
import { createSocket } from '@hawser/core'
import { generate } from 'selfsigned'
import { WebSocket, WebSocketServer } from 'ws'
import { listen } from '../common/listen.js'
import { narrate } from '../common/narrate.js'

export async function startSecure() {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  })
  const https = createServer({ key, cert }, (_, response) => response.end('<title>An echo over TLS</title>'))
  const sockets = new WebSocketServer({ server: https })
  sockets.on('connection', (client) => {
    client.on('message', (data, binary) => client.send(data, { binary }))
  })
  const { port, close } = await listen(https)
  return { url: `wss://127.0.0.1:${port}/`, page: `https://127.0.0.1:${port}/`, cert, close }
}

/**
 * A class for `environment.WebSocket` that trusts this certificate, and those that it signed. The third argument, where there
 * is one, holds the headers of `tokenAuth({ attach: 'header' })`.
 *
 * @param {string} ca PEM
 */
export function trusting(ca) {
  return class extends WebSocket {
    /**
     * @param {string} url
     * @param {string[]} [protocols]
     * @param {import('ws').ClientOptions} [options]
     */
    constructor(url, protocols, options) {
      super(url, protocols, { ...options, ca })
    }
  }
}

/**
 * What Chromium's `--ignore-certificate-errors-spki-list` wants: trust in this one certificate, for a test.
 *
 * @param {string} cert PEM
 */
export function publicKeyHash(cert) {
  const key = new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(key).digest('base64')
}

/** @param {import('../common/narrate.js').Print} print */
export async function run(print) {
  const server = await startSecure()
  print('with the certificates that Node knows:')
  const wary = createSocket(server.url, { environment: { WebSocket } })
  narrate(wary, print)
  wary.connect()
  await wary.once('close')
  await wary.close()

  print('with this one added:')
  const socket = createSocket(server.url, { environment: { WebSocket: trusting(server.cert) } })
  narrate(socket, print)
  socket.connect()
  socket.send('for your eyes only')
  await socket.once('message')
  await socket.close()
  await server.close()
}
