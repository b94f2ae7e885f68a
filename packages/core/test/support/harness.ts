// How a test file reaches its server, the same in Node and in a page: import this, and nothing else from this folder.

import { afterEach } from 'vitest'
import type { Environment } from '../../src/types'
import type { AuthRig, AuthRigOptions } from './auth-rig.ts'
import type { BreakRig, BreakRigOptions } from './break-rig.ts'
import type { ChannelRig, ChannelRigOptions } from './channel-rig.ts'
import type { commands, RigMethod } from './commands.ts'
import type { Rig } from './rig.ts'
import type { TestServerOptions } from './server.ts'

type Platform = 'node' | 'chromium' | 'firefox' | 'webkit'

/** A rig in Node, wherever the test runs: every method gives a promise. */
type Remote<R> = Omit<R, RigMethod<R>> & {
  readonly [Method in RigMethod<R>]: R[Method] extends (...args: infer Args) => infer Result
    ? (...args: Args) => Promise<Awaited<Result>>
    : never
}

export type RemoteRig = Remote<Rig>
export type RemoteAuthRig = Remote<AuthRig>
export type RemoteBreakRig = Remote<BreakRig>
export type RemoteChannelRig = Remote<ChannelRig>

/** How to call Node from here. */
interface Side {
  readonly platform: Platform
  /** What a socket needs here to run; empty in browsers. */
  readonly environment: Partial<Environment>
  readonly startRig: (options: TestServerOptions) => Promise<StartedRig>
  readonly startAuthRig: (options: AuthRigOptions) => Promise<StartedRig & { readonly tokenUrl: string }>
  readonly startChannelRig: (options: ChannelRigOptions) => Promise<StartedRig>
  readonly startBreakRig: (options: BreakRigOptions) => Promise<StartedRig>
  readonly breakSettings: () => ReturnType<typeof commands.breakSettings>
  readonly callRig: (id: number, method: string, args: unknown[]) => Promise<unknown>
}

type StartedRig = { readonly id: number; readonly url: string }

// Each is imported only where it can be: the page has no `ws`, and Node no `vitest/browser`.
const here: Side = typeof window === 'undefined' ? await inNode() : await inPage()

async function inNode(): Promise<Side> {
  const [{ WebSocket }, { commands }] = await Promise.all([import('ws'), import('./commands.ts')])
  return {
    platform: 'node',
    environment: { WebSocket },
    startRig: (options) => commands.startRig(undefined, options),
    startAuthRig: (options) => commands.startAuthRig(undefined, options),
    startChannelRig: (options) => commands.startChannelRig(undefined, options),
    startBreakRig: (options) => commands.startBreakRig(undefined, options),
    breakSettings: () => commands.breakSettings(),
    callRig: (...call) => commands.callRig(undefined, ...call),
  }
}

async function inPage(): Promise<Side> {
  const { commands, server } = await import('vitest/browser')
  return {
    platform: server.browser === 'safari' ? 'webkit' : (server.browser as Platform),
    environment: {},
    ...(commands as unknown as Omit<Side, 'platform' | 'environment'>),
  }
}

export const { platform, breakSettings } = here

/** Give it to `createSocket`, or spread it into an environment of your own. */
export function environment(): Partial<Environment> {
  return here.environment
}

/** The bare class, for tests that need no socket of ours. */
export const NativeWebSocket = (here.environment.WebSocket ?? globalThis.WebSocket) as typeof WebSocket

/**
 * Call it once in a test file; what it gives starts a rig, and all rigs are stopped after each test.
 *
 * @example
 * const startRig = useRig()
 * it('…', async () => {
 *   const rig = await startRig({ echo: true })
 *   const socket = createSocket(rig.url, { environment: environment() })
 *   socket.connect()
 *   await rig.until('connections', 1)
 *   await rig.stall()
 * })
 */
export function useRig(): (options?: TestServerOptions) => Promise<RemoteRig> {
  return useRemote<RemoteRig, TestServerOptions>((options) => here.startRig(options))
}

/** The same with an auth server and its token endpoint. */
export function useAuthRig(): (options?: AuthRigOptions) => Promise<RemoteAuthRig> {
  return useRemote<RemoteAuthRig, AuthRigOptions>((options) => here.startAuthRig(options))
}

/** The same with a server of channels. */
export function useChannelRig(): (options?: ChannelRigOptions) => Promise<RemoteChannelRig> {
  return useRemote<RemoteChannelRig, ChannelRigOptions>((options) => here.startChannelRig(options))
}

/** A rig that breaks connections. Whoever starts one stops it. */
export async function startBreakRig(options: BreakRigOptions): Promise<RemoteBreakRig> {
  return remote<RemoteBreakRig>(await here.startBreakRig(options))
}

function useRemote<R extends { stop(): Promise<void> }, Options extends object>(
  start: (options: Options) => Promise<StartedRig>,
): (options?: Options) => Promise<R> {
  const started: R[] = []
  afterEach(async () => {
    await Promise.all(started.splice(0).map((rig) => rig.stop()))
  })
  return async (options = {} as Options) => {
    const rig = remote<R>(await start(options))
    started.push(rig)
    return rig
  }
}

function remote<R extends object>({ id, ...addresses }: StartedRig): R {
  return new Proxy(addresses as unknown as R, {
    // Symbols and `then` are what promises and printers ask for.
    get: (known, name) =>
      name in known || typeof name === 'symbol' || name === 'then'
        ? Reflect.get(known, name)
        : (...args: unknown[]) => here.callRig(id, name, args),
  })
}
