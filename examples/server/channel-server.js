// A server for channels: clients subscribe, publish where they are in, and are sent what they missed.
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'
import { z } from 'zod'
import { createChannels } from './channels.js'
import { isLocal, listen } from './loopback.js'

/** @typedef {import('ws').WebSocket} WebSocket */

/** Bytes of a frame from a client. */
const MAX_FRAME = 16 * 1024

const Channel = z.string().min(1).max(100)
const Ref = z.string().max(100)

const ClientFrame = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('subscribe'),
    channel: Channel,
    ref: Ref,
    since: z.object({ epoch: z.string().optional(), offset: z.number() }).optional(),
    payload: z.unknown().optional(),
  }),
  z.object({ type: z.literal('unsubscribe'), channel: Channel, ref: Ref }),
  z.object({ type: z.literal('publish'), channel: Channel, message: z.unknown() }),
])

/**
 * @param {object} [options]
 * @param {number} [options.port] the port to listen on; a free one where it is taken, or 0
 * @param {number} [options.remember] how many messages of each channel are kept
 * @param {(client: WebSocket, channel: string, payload: unknown) => string | undefined} [options.refuse]
 */
export async function startChannelServer({
  port: preferred = 0,
  remember = 100,
  refuse = () => undefined,
} = {}) {
  /** @type {ReturnType<typeof createChannels<WebSocket>>} */
  const channels = createChannels({ remember, refuse })
  /**
   * Bytes that may wait for a client that does not read. Beyond, it is cut off, and catches up when it is back. More than the
   * history of a channel, or catching up would cut it off again.
   */
  const maxBuffered = 2 * remember * MAX_FRAME + 1024 * 1024
  const http = createServer((_, response) => response.writeHead(426).end('This port speaks WebSocket.\n'))
  const sockets = new WebSocketServer({
    server: http,
    maxPayload: MAX_FRAME,
    verifyClient: (/** @type {{ req: import('node:http').IncomingMessage }} */ { req }) => isLocal(req),
  })
  sockets.on('connection', serve)
  const port = await listen(http, preferred)

  /** @param {WebSocket} client */
  function serve(client) {
    client.on('message', (data, isBinary) => {
      const frame = isBinary ? undefined : parse(String(data))
      if (!frame) return client.close(1008, 'This is no frame of the channels.')
      if (frame.type === 'subscribe')
        for (const answer of channels.subscribe(client, frame)) send(client, answer)
      else if (frame.type === 'unsubscribe') channels.unsubscribe(client, frame)
      else if (channels.has(client, frame.channel)) publish(frame.channel, frame.message)
    })
    client.on('close', () => channels.leave(client))
    client.on('error', () => client.terminate())
  }

  /**
   * @param {string} channel
   * @param {unknown} message
   */
  function publish(channel, message) {
    const { frame, clients } = channels.publish(channel, message)
    for (const client of clients) send(client, frame)
  }

  /**
   * @param {WebSocket} client
   * @param {object} frame
   */
  function send(client, frame) {
    if (client.readyState !== client.OPEN) return
    if (client.bufferedAmount > maxBuffered) client.terminate()
    else client.send(JSON.stringify(frame))
  }

  return {
    port,
    url: `ws://127.0.0.1:${port}/`,
    channels,
    publish,

    /** Ends every connection without a word, and goes on listening. */
    breakAll() {
      for (const client of sockets.clients) client.terminate()
    },

    /** @returns {Promise<void>} */
    close() {
      for (const client of sockets.clients) client.terminate()
      sockets.close()
      return new Promise((resolve) => http.close(() => resolve()))
    },
  }
}

/** @param {string} text */
function parse(text) {
  try {
    return ClientFrame.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}
