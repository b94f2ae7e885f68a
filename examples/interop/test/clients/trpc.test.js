// tRPC's wsLink over the drop-in class, with the server of tRPC on ws.
import { EventEmitter, on } from 'node:events'
import { createServer } from 'node:http'
import { initTRPC } from '@trpc/server'
import { applyWSSHandler } from '@trpc/server/adapters/ws'
import { WebSocketServer } from 'ws'
import { z } from 'zod'
import { listen } from '../../common/listen.js'
import { clientOver } from './support/behaviour.js'

/** @typedef {typeof router} Router */

const harbour = new EventEmitter()
let last = ''

const { router: makeRouter, procedure } = initTRPC.create()
const router = makeRouter({
  say: procedure.input(z.string()).mutation(({ input }) => {
    last = input
    harbour.emit('line', input)
  }),
  line: procedure.subscription(async function* ({ signal }) {
    const lines = on(harbour, 'line', { ...(signal && { signal }) })
    yield last
    for await (const [line] of lines) yield String(line)
  }),
})

async function start() {
  const http = createServer()
  applyWSSHandler({ wss: new WebSocketServer({ server: http }), router })
  return listen(http)
}

clientOver('trpc', { start, whereBothReconnect: 'has two for a moment' })
