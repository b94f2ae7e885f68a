// A real WebSocket server (ws) on a free loopback port that serves the pages too: it acknowledges, drops doubles by their
// ids, notes which tab brought what, and breaks connections.

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { build } from 'esbuild'
import { type WebSocket, WebSocketServer } from 'ws'

/** What tabs send: `n` is the sender's own count, from 0 on. */
export interface Message {
  readonly from: string
  readonly n: number
  readonly text: string
  /** Where messages are confirmed. */
  readonly id?: string
}

export interface Arrival extends Message {
  /** It was not dropped as a double. */
  readonly isTaken: boolean
  /** As whom the connection that brought it was made: the query of its URL. */
  readonly tab: string
  readonly user: string | undefined
}

export interface ServerOptions {
  /** Draws after how many new messages a connection breaks. @default never */
  readonly breakAfter?: () => number
}

export interface Server {
  /** Of the pages. */
  readonly pageUrl: string
  /** Where the socket of a tab connects to. */
  socketUrl(tab: string, user?: string): string
  /** In the order in which they came. */
  readonly arrivals: readonly Arrival[]
  /** What pages told that is stored, as `from:n`. */
  readonly stored: ReadonlySet<string>
  /** Connections that it broke. */
  breaks(): number
  /** The texts of what was taken. */
  texts(): string[]
  /** Refuses connections, and breaks those there are. It begins open. */
  shut(): void
  open(): void
  /** From now on nothing is acknowledged that this tab brings. */
  mute(tab: string): void
  stop(): void
}

/** The script, once for all servers of a run. */
let script: Promise<string> | undefined

export async function startServer({ breakAfter = () => Infinity }: ServerOptions = {}): Promise<Server> {
  script ??= bundle()
  const client = await script
  const arrivals: Arrival[] = []
  const stored = new Set<string>()
  const ids = new Set<string>()
  let isOpen = true
  const mute = new Set<string>()
  let breaks = 0

  const pages = createServer(async (request, response) => {
    if (request.url === '/stored') {
      let body = ''
      for await (const chunk of request) body += chunk
      const told = JSON.parse(body) as { from: string; stored: number[] }
      for (const n of told.stored) stored.add(`${told.from}:${n}`)
      response.end()
    } else if (request.url === '/client.js') response.setHeader('content-type', 'text/javascript').end(client)
    else response.setHeader('content-type', 'text/html').end(page)
  })
  const sockets = new WebSocketServer({
    server: pages,
    verifyClient: (_, decide) => decide(isOpen, 503),
  })
  sockets.on('connection', (socket, { url }) => {
    const query = new URL(url ?? '', 'ws://localhost').searchParams
    const tab = query.get('tab') ?? ''
    const user = query.get('user') ?? undefined
    const mostTaken = breakAfter()
    let taken = 0
    let unanswered: string[] = []
    let hasAnswered = false
    const answer = () => {
      if (socket.readyState !== socket.OPEN) return
      // Not before something was acknowledged, and heard of mostly: what meets three breaks in a row is dropped.
      if (taken >= mostTaken && (hasAnswered || !unanswered.length)) {
        breaks += 1
        return breaks % 3 ? socket.close(1012) : socket.terminate()
      }
      if (!mute.has(tab)) socket.send(JSON.stringify({ acks: unanswered }))
      hasAnswered = true
      unanswered = []
    }
    socket.on('error', () => {})
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as Message
      const { id } = message
      const isTaken = id === undefined || !ids.has(id)
      arrivals.push({ ...message, isTaken, tab, user })
      if (isTaken) taken += 1
      if (id === undefined) {
        if (taken >= mostTaken) answer()
        return
      }
      ids.add(id)
      if (unanswered.push(id) === 1) setImmediate(answer)
    })
  })
  pages.listen(0, '127.0.0.1')
  await once(pages, 'listening')
  const { port } = pages.address() as AddressInfo
  const all = (act: (socket: WebSocket) => void) => {
    for (const socket of sockets.clients) act(socket)
  }

  return {
    pageUrl: `http://127.0.0.1:${port}/`,
    socketUrl: (tab, user) => `ws://127.0.0.1:${port}/?tab=${tab}${user ? `&user=${user}` : ''}`,
    arrivals,
    stored,
    breaks: () => breaks,
    texts: () => arrivals.filter(({ isTaken }) => isTaken).map(({ text }) => text),
    shut() {
      isOpen = false
      all((socket) => socket.terminate())
    },
    open() {
      isOpen = true
    },
    mute: (tab) => void mute.add(tab),
    stop() {
      all((socket) => socket.terminate())
      sockets.close()
      pages.close()
      pages.closeAllConnections()
    },
  }
}

const page = '<!doctype html><title>page</title><script src="/client.js"></script>'

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [`${import.meta.dirname}/page-client.ts`],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
  })
  return outputFiles[0]?.text ?? ''
}
