// A token endpoint over HTTP on a free loopback port, which is slow, dead or wrong when told to, and counts who asks.

import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Issuer, TokenKind } from './tokens.ts'

/** How it answers. All of it can be changed while it runs. */
export interface EndpointBehaviour extends TokenKind {
  /**
   * `token`: `{ token }`. `signed-out`: `null`. `hang`: never. A number: that HTTP status, and the newest token in the
   * text of its error, as careless servers have it. An object: this, as JSON, in place of a token.
   * @default 'token'
   */
  readonly answers: 'token' | 'signed-out' | 'hang' | number | { readonly instead: unknown }
  /** Milliseconds before the answer. @default 0 */
  readonly delay: number
  /** Milliseconds until the `expiresAt` that is given beside the token; `null` gives none. @default null */
  readonly expiresIn: number | null
}

/** One request, as it came in. */
export interface TokenRequest {
  /** Who asked, by the query parameter `client`. */
  readonly client: string
  /** Why, by the query parameter `reason`. */
  readonly reason: string
  /** When (ms since the epoch). */
  readonly at: number
}

export interface TokenEndpoint {
  readonly url: string
  /** Requests so far and those under way; the most that one client ever had under way; those that clients gave up. */
  counts(): {
    tokenRequests: number
    tokenRequestsAlive: number
    tokenRequestsAtOnce: number
    tokenRequestsAborted: number
  }
  tokenRequests(): TokenRequest[]
  behave(behaviour: Partial<EndpointBehaviour>): void
  stop(): void
}

const usual: EndpointBehaviour = {
  answers: 'token',
  delay: 0,
  expiresIn: null,
  form: 'jwt',
  life: 60_000,
}

/** @param changed called whenever the counts have changed */
export async function startTokenEndpoint(
  issuer: Issuer,
  options: Partial<EndpointBehaviour>,
  changed: () => void,
): Promise<TokenEndpoint> {
  let behaviour = { ...usual, ...options }
  const requests: TokenRequest[] = []
  const alive: string[] = []
  const timers = new Set<NodeJS.Timeout>()
  let mostAtOnce = 0
  let aborted = 0

  const body = async ({ answers, expiresIn, form, life }: EndpointBehaviour) => {
    if (answers === 'signed-out') return null
    if (typeof answers === 'object') return answers.instead
    const { token } = await issuer.issue({ form, life })
    return { token, ...(expiresIn !== null && { expiresAt: Date.now() + expiresIn }) }
  }

  const answer = async (response: ServerResponse, as: EndpointBehaviour) => {
    const { answers } = as
    if (answers === 'hang' || response.destroyed) return
    if (typeof answers === 'number') {
      response.writeHead(answers).end(`No token in place of ${issuer.issued().at(-1)}`)
    } else response.end(JSON.stringify(await body(as)))
  }

  const http = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://endpoint')
    const client = searchParams.get('client') ?? ''
    requests.push({ client, reason: searchParams.get('reason') ?? '', at: Date.now() })
    alive.push(client)
    mostAtOnce = Math.max(mostAtOnce, alive.filter((other) => other === client).length)
    response.on('close', () => {
      alive.splice(alive.indexOf(client), 1)
      if (!response.writableFinished) aborted += 1
      changed()
    })
    // Pages ask from another origin.
    response.setHeader('Access-Control-Allow-Origin', '*').setHeader('Cache-Control', 'no-store')
    const as = behaviour
    const timer = setTimeout(() => {
      timers.delete(timer)
      void answer(response, as)
    }, as.delay)
    timers.add(timer)
    changed()
  })
  http.on('connection', (stream) => stream.unref())
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  http.unref()

  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/`,
    counts: () => ({
      tokenRequests: requests.length,
      tokenRequestsAlive: alive.length,
      tokenRequestsAtOnce: mostAtOnce,
      tokenRequestsAborted: aborted,
    }),
    tokenRequests: () => [...requests],
    behave(change) {
      behaviour = { ...behaviour, ...change }
    },
    stop() {
      for (const timer of timers) clearTimeout(timer)
      http.close()
      http.closeAllConnections()
    },
  }
}
