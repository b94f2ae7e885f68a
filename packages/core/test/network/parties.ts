// Both ends of a connection over a network of ours, as a test sees them: told what to do, and asked what they saw.

import { expect, test } from 'vitest'
import type { ClientFact, ClientOptions } from './client.mjs'
import { Network, serverName } from './network.ts'
import type { ServerFact } from './server.mjs'

/** Milliseconds that a busy machine may add to anything. */
export const slack = 3_000

/** Waits for a condition, with a deadline that no busy machine needs. */
export const eventually = <T>(look: () => T, within = 30_000) =>
  expect.poll(look, { timeout: within, interval: 10 })

/** The `it` of tests that each have a network of their own, with a server in it. */
export const inNetwork = test
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads there which other fixtures this one needs
  .extend('network', async ({}, { onCleanup }) => {
    const network = await Network.start()
    onCleanup(() => network.stop())
    return network
  })
  .extend('server', ({ network }) => Server.start(network))

/** One connection, as the server saw it. */
interface Arrivals {
  readonly numbers: number[]
  /** Which of the server's addresses it came in at. */
  readonly address: string
  open: boolean
}

export class Server {
  readonly connections: Arrivals[] = []
  #port: number | undefined

  static async start(network: Network): Promise<Server> {
    const server = new Server()
    const child = network.server.start(new URL('./server.mjs', import.meta.url))
    child.on('message', (fact: ServerFact) => server.#learn(fact))
    await eventually(() => server.#port).toBeDefined()
    return server
  }

  #learn(fact: ServerFact): void {
    if (fact.type === 'listening') this.#port = fact.port
    else if (fact.type === 'connected') {
      this.connections[fact.connection] = { numbers: [], address: fact.address, open: true }
    } else {
      const connection = this.connections[fact.connection] as Arrivals
      if (fact.type === 'message') connection.numbers.push(Number.parseInt(fact.text, 10))
      else connection.open = false
    }
  }

  /** Without the scheme. */
  get host(): string {
    return `${serverName}:${this.#port}`
  }

  /** All that arrived, by connection. */
  get arrived(): number[] {
    return this.connections.flatMap(({ numbers }) => numbers)
  }

  get open(): number {
    return this.connections.filter(({ open }) => open).length
  }
}

/** How a client is talked to: a process, or a page. */
interface Line {
  start(url: string, options: Omit<ClientOptions, 'url'>): Promise<void>
  connect(): Promise<void>
  send(count: number): Promise<void>
  stop(): Promise<void>
}

export class Client {
  readonly facts: ClientFact[] = []
  readonly #line: Line

  constructor(line: Line) {
    this.#line = line
  }

  start(server: Server, options: Omit<ClientOptions, 'url'>): Promise<void> {
    return this.#line.start(`ws://${server.host}/`, options)
  }

  connect(): Promise<void> {
    return this.#line.connect()
  }

  stop(): Promise<void> {
    return this.#line.stop()
  }

  /** Hands numbered messages to `send()`, each with the next number. Resolves with the statuses that they then have. */
  async send(count: number): Promise<Set<string>> {
    const before = this.told('sent').length
    await this.#line.send(count)
    await eventually(() => this.told('sent').length).toBe(before + count)
    return new Set(
      this.told('sent')
        .slice(before)
        .map(({ status }) => status),
    )
  }

  /** Facts of one type, in order. */
  told<T extends ClientFact['type']>(type: T) {
    return this.facts.filter((fact) => fact.type === type) as Extract<ClientFact, { type: T }>[]
  }

  get state() {
    return this.told('state').at(-1)?.state
  }

  /** When attempts began. */
  get attempts(): number[] {
    return this.told('state')
      .filter(({ state }) => state.status === 'connecting' && state.phase === 'credentials')
      .map(({ at }) => at)
  }

  get closes() {
    return this.told('close').map(({ at, close }) => ({ at, ...close }))
  }

  /** Messages that were handed over and may not have arrived, as the closes say. */
  get uncertain(): number {
    return this.closes.reduce((sum, { uncertain }) => sum + uncertain.messages, 0)
  }

  get heard(): number[] {
    return this.told('heard').map(({ number }) => number)
  }

  /** The numbers of the messages that had this status right after `send()`. */
  sent(...statuses: string[]): number[] {
    return this.told('sent')
      .filter(({ status }) => statuses.includes(status))
      .map(({ number }) => number)
  }
}

/** Opens a connection, and expects so many messages to arrive over it. */
export async function open(client: Client, server: Server, count = 10): Promise<void> {
  await client.connect()
  await eventually(() => client.state?.status).toBe('open')
  await client.send(count)
  await eventually(() => server.arrived).toHaveLength(count)
}

/**
 * Expects all that waited at the client to arrive, everything once and in order, and no more to be missing than was
 * called uncertain.
 *
 * @param options.allEnd the server learns of the end of connections that were given up, and until then they may still
 *   bring something @default true
 */
export async function expectDelivery(client: Client, server: Server, { allEnd = true } = {}) {
  const waited = client.sent('queued')
  const missingOf = (numbers: number[]) => {
    const arrived = new Set(server.arrived)
    return numbers.filter((number) => !arrived.has(number))
  }
  await eventually(() => missingOf(waited)).toEqual([])
  if (allEnd) await eventually(() => server.open).toBe(1)
  const { arrived } = server
  expect(arrived).toEqual([...new Set(arrived)].sort((a, b) => a - b))
  expect(client.told('drop')).toEqual([])
  const sent = client.sent('sent', 'queued')
  const missing = missingOf(sent).length
  const { uncertain } = client
  expect(missing).toBeLessThanOrEqual(uncertain)
  return { sent: sent.length, waited: waited.length, arrived: arrived.length, missing, uncertain }
}
