// An app with an account, for the truth tests: it gets its tokens from the rig's endpoint, and shows them to its server.

import { expect } from 'vitest'
import {
  heartbeat,
  json,
  type Socket,
  SocketError,
  type SocketOptions,
  type TokenAuthOptions,
  type TokenContext,
  tokenAuth,
} from '../../src/index'
import { platform, type RemoteAuthRig } from '../support/harness'
import { open } from './support'

export type Attachment = 'query' | 'protocol' | 'message' | 'header'

/** Browsers send no headers. */
export const attachments: readonly Attachment[] = [
  'query',
  'protocol',
  'message',
  ...(platform === 'node' ? (['header'] as const) : []),
]

/** What sends as fast as it can is proven in Node and one browser. What only takes long is in ./node. */
export const isSlowEngine = platform === 'firefox' || platform === 'webkit'

/** Fetches tokens as an app does, and writes down why it was called, and how many calls there were at once. */
export function tokensOf(rig: RemoteAuthRig, client = 'app') {
  const reasons: TokenContext['reason'][] = []
  let underWay = 0
  let mostUnderWay = 0
  const fetchToken = async ({ reason, signal }: TokenContext) => {
    const response = await fetch(`${rig.tokenUrl}?client=${client}&reason=${reason}`, { signal })
    if (response.status === 401) throw new SocketError('UNAUTHORIZED', 'The session is over.')
    if (!response.ok) throw new Error(await response.text())
    return response.json()
  }
  const getToken = async (context: TokenContext) => {
    reasons.push(context.reason)
    underWay += 1
    mostUnderWay = Math.max(mostUnderWay, underWay)
    let isOver = false
    const end = () => {
      if (!isOver) underWay -= 1
      isOver = true
    }
    // Who was told that nobody waits any more is not under way.
    context.signal.addEventListener('abort', end)
    return fetchToken(context).finally(end)
  }
  return { getToken, reasons, mostUnderWay: () => mostUnderWay }
}

/** tokenAuth for the rig's server. */
export function authFor(
  rig: RemoteAuthRig,
  { getToken = tokensOf(rig).getToken, ...options }: Partial<TokenAuthOptions> = {},
) {
  return tokenAuth({
    getToken,
    isAccepted: (message) => (message as { type?: string }).type === 'welcome',
    isRejected: (message) => (message as { type?: string }).type === 'refused',
    ...options,
  })
}

/** A socket with an account. Not connected yet. */
export function account(
  rig: RemoteAuthRig,
  auth: Partial<TokenAuthOptions> = {},
  options: Omit<SocketOptions, 'codec'> = {},
) {
  const tokens = tokensOf(rig)
  const made = open(rig.url, {
    codec: json(),
    protocols: 'hawser',
    auth: authFor(rig, { getToken: tokens.getToken, ...auth }),
    ...options,
  })
  return { ...made, ...tokens }
}

/** The numbers of the tokens that each connection showed. */
export const tokensShown = async (rig: RemoteAuthRig) => (await rig.connections()).map(({ tokens }) => tokens)

/** Proves that a socket still does what it is for. */
export async function expectUsable(
  rig: RemoteAuthRig,
  { socket }: Pick<ReturnType<typeof account>, 'socket'>,
) {
  const { messages } = await rig.counts()
  await socket.opened()
  socket.send({ text: 'still here' })
  await rig.until('messages', messages + 1)
  expect((await rig.connections()).at(-1)?.messages.at(-1)).toEqual({ text: 'still here' })
}

/** Resolves when the socket is open, and no rotation is under way. */
export async function atRest(socket: Pick<Socket, 'state' | 'once'>) {
  for (;;) {
    const state = socket.state.get()
    if (state.status === 'open' && !state.rotating) return
    await socket.once('state')
  }
}

/** A heartbeat that fits the server, and is patient with a busy machine. */
export const beats = () => heartbeat({ interval: 500, timeout: 20_000 })

/** All text in a value, as deep as it goes: keys that are not enumerable, and causes, too. */
export function allText(value: unknown, seen = new Set<unknown>()): string {
  if (typeof value !== 'object' || value === null) return String(value)
  if (seen.has(value)) return ''
  seen.add(value)
  return Reflect.ownKeys(value)
    .map((key) => `${String(key)}: ${allText((value as never)[key], seen)}`)
    .join('\n')
}

/** As the library makes it, by other means. */
export function base64url(text: string): string {
  const bytes = String.fromCharCode(...new TextEncoder().encode(text))
  return btoa(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
