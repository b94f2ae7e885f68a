// Faults of real networks, with the built client in Node and in Chromium: what waits arrives, once and in order.

import { describe, expect } from 'vitest'
import { chromium, node, titled } from './clients.ts'
import { addresses, type Network, newAddress } from './network.ts'
import { eventually, expectDelivery, open, slack } from './parties.ts'

const connectTimeout = 1_500
/** After an outage of seconds, the next attempt is near. */
const backoff = { first: 100, max: 300 }
const silence = { code: 1006, wasClean: false, origin: 'heartbeat' }

for (const { name, it, reason } of [node, chromium]) {
  describe.skipIf(reason)(titled(`a black hole, with the client in ${name}`, reason), () => {
    it('B67, B77 is noticed within interval and timeout, and what waits meanwhile arrives', async ({
      network,
      server,
      client,
      annotate,
    }) => {
      const heartbeat = { interval: 1_000, timeout: 1_000 }
      await client.start(server, { heartbeat, connectTimeout, backoff })
      await open(client, server)
      network.blackHole()
      const since = Date.now()
      expect(await client.send(5)).toEqual(new Set(['sent']))
      await eventually(() => client.closes).toHaveLength(1)
      const close = client.closes[0] as (typeof client.closes)[0]
      expect(close).toMatchObject(silence)
      expect(close.uncertain.messages).toBeGreaterThanOrEqual(5)
      expect(close.at - since).toBeLessThanOrEqual(heartbeat.interval + heartbeat.timeout + slack)
      expect(await client.send(20)).toEqual(new Set(['queued']))
      await eventually(() => client.closes.length).toBeGreaterThan(1)
      network.heal()
      await eventually(() => client.told('open')).toHaveLength(2)
      const delivery = await expectDelivery(client, server)
      await annotate(`noticed after ${close.at - since} ms; ${JSON.stringify(delivery)}`)
    })

    it('B119 while connecting ends each attempt at connectTimeout, and the first after it opens', async ({
      network,
      server,
      client,
      annotate,
    }) => {
      await client.start(server, { heartbeat: {}, connectTimeout, backoff })
      network.blackHole()
      await client.send(20)
      await client.connect()
      await eventually(() => client.closes.length).toBeGreaterThan(1)
      const timedOut = { origin: 'timeout', wasClean: false, uncertain: { messages: 0, bytes: 0 } }
      expect(client.closes.slice(0, 2)).toMatchObject([timedOut, timedOut])
      expect(client.told('error').slice(0, 2)).toMatchObject([
        { code: 'CONNECT_TIMEOUT' },
        { code: 'CONNECT_TIMEOUT' },
      ])
      network.heal()
      const since = Date.now()
      await eventually(() => client.told('open')).toHaveLength(1)
      const delivery = await expectDelivery(client, server)
      expect(delivery).toMatchObject({ waited: 20, arrived: 20, uncertain: 0 })
      await annotate(`open ${(client.told('open')[0]?.at ?? 0) - since} ms after it`)
    })
  })
}

const { it, reason } = node

describe.skipIf(reason)(titled('a lossy network', reason), () => {
  it('carries 300 messages there and back, though three of ten packets get lost', async ({
    network,
    server,
    client,
    annotate,
  }) => {
    network.loseThreeInTen()
    await client.start(server, { heartbeat: { interval: 300, timeout: 5_000 } })
    await open(client, server, 0)
    const since = Date.now()
    for (let sent = 60; sent <= 300; sent += 60) {
      await client.send(60)
      // After a break, what was under way counts as uncertain, and may never come.
      await eventually(() => server.arrived.length + client.uncertain).toBeGreaterThanOrEqual(sent)
      await eventually(() => client.heard.length + client.uncertain).toBeGreaterThanOrEqual(sent)
    }
    const took = Date.now() - since
    const { lost } = network
    expect(lost).toBeGreaterThan(50)
    const delivery = await expectDelivery(client, server)
    expect(client.heard).toEqual([...new Set(client.heard)].sort((a, b) => a - b))
    await annotate(`${took} ms, ${lost} packets lost; ${JSON.stringify(delivery)}`)
  })
})

interface Outage {
  readonly title: string
  readonly begin: (network: Network) => void
  readonly end: (network: Network) => void
  /** How the first connection ends. */
  readonly close: object
  /** Whether the server hears of the end of the first connection. */
  readonly allEnd: boolean
  /** Which of the server's addresses the last connection comes in at. */
  readonly address?: string
}

const outages: readonly Outage[] = [
  {
    title: "the client's address disappears, and comes back",
    begin: (network) => network.removeAddress('client'),
    end: (network) => network.addAddress('client'),
    close: silence,
    allEnd: true,
  },
  {
    title: "the server's address disappears, and comes back",
    begin: (network) => network.removeAddress('server'),
    end: (network) => network.addAddress('server'),
    close: silence,
    allEnd: true,
  },
  {
    title: 'the server moves to another address, and its name follows later',
    begin: (network) => network.moveServer(),
    end: (network) => network.announceMove(),
    close: silence,
    allEnd: false,
    address: newAddress,
  },
  {
    title: 'a firewall resets the connection and refuses others, for a while',
    begin: (network) => network.reject(),
    end: (network) => network.heal(),
    close: { code: 1006, wasClean: false, origin: 'network' },
    allEnd: false,
  },
]

describe.skipIf(reason)(titled('what waits arrives, once and in order, where', reason), () => {
  for (const { title, begin, end, close, allEnd, address = addresses.server } of outages) {
    it(`B71 ${title}`, async ({ network, server, client, annotate }) => {
      const heartbeat = { interval: 1_000, timeout: 1_500 }
      await client.start(server, { heartbeat, connectTimeout, backoff })
      await open(client, server)
      begin(network)
      await client.send(5)
      await eventually(() => client.closes).not.toEqual([])
      expect(client.closes[0]).toMatchObject(close)
      expect(await client.send(20)).toEqual(new Set(['queued']))
      const { length } = client.closes
      await eventually(() => client.closes.length).toBeGreaterThan(length)
      expect(client.told('open')).toHaveLength(1)
      end(network)
      await eventually(() => client.told('open')).toHaveLength(2)
      const delivery = await expectDelivery(client, server, { allEnd })
      expect(server.connections.at(-1)).toMatchObject({ address })
      await annotate(JSON.stringify(delivery))
    })
  }
})
