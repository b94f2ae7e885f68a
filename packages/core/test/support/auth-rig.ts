// An auth server behind a proxy, with the token endpoint that serves its clients, as one thing, in plain JSON.

import { type AuthBehaviour, type AuthServer, startAuthServer } from './auth-server.ts'
import { startProxy, type TestProxy } from './proxy.ts'
import { type EndpointBehaviour, startTokenEndpoint, type TokenEndpoint } from './token-endpoint.ts'
import { createIssuer, type Issuer } from './tokens.ts'
import { createWatch, type Watch } from './watch.ts'

/** Everything that can be counted, and waited for. Those of `gauges` go up and down, the others only up. */
export type AuthCounts = ReturnType<TestProxy['counts']> &
  ReturnType<AuthServer['counts']> &
  ReturnType<TokenEndpoint['counts']>

const gauges: ReadonlyArray<keyof AuthCounts> = ['alive', 'open', 'tokenRequestsAlive']

export interface AuthRigOptions extends Partial<AuthBehaviour>, Partial<EndpointBehaviour> {}

export interface AuthRig
  extends Omit<TestProxy, 'port' | 'counts' | 'close'>,
    Omit<AuthServer, 'port' | 'counts' | 'stop' | 'behave'>,
    Pick<TokenEndpoint, 'tokenRequests'>,
    Pick<Issuer, 'issued'> {
  /** Where clients connect to: the proxy. */
  readonly url: string
  /** Where they get their tokens. */
  readonly tokenUrl: string
  counts(): AuthCounts
  until: Watch<AuthCounts>['until']
  /** Changes how the server and the endpoint behave. */
  behave(change: AuthRigOptions): void
  stop(): void
}

export async function startAuthRig(options: AuthRigOptions = {}): Promise<AuthRig> {
  const counts = (): AuthCounts => ({ ...proxy.counts(), ...server.counts(), ...endpoint.counts() })
  const watch = createWatch(counts, gauges)
  const issuer = createIssuer()
  const endpoint = await startTokenEndpoint(issuer, options, watch.changed)
  const server = await startAuthServer(issuer, options, watch.changed)
  const proxy = await startProxy(server.port, watch.changed)

  return {
    ...proxy,
    ...server,
    url: `ws://127.0.0.1:${proxy.port}/`,
    tokenUrl: endpoint.url,
    tokenRequests: endpoint.tokenRequests,
    issued: issuer.issued,
    counts,
    until: watch.until,
    behave(change) {
      server.behave(change)
      endpoint.behave(change)
    },
    stop() {
      watch.stop()
      proxy.close()
      server.stop()
      endpoint.stop()
    },
  }
}
