// The cable of a page's machine is pulled out and put back: what the page is told of it, and what it does then.

import { describe, expect } from 'vitest'
import { chromium, titled } from './clients.ts'
import { type Client, eventually, expectDelivery, open, type Server, slack } from './parties.ts'

const { it, reason } = chromium

/** With the defaults, only the events of the network can be what leads to anything within seconds. */
const heartbeat = {}
/** How long a probe may take that knows of no round trip yet. */
const probe = 5_000
/** Within this time an attempt is made after `online`. */
const spread = 2_000
/** And the socket is open. */
const promised = 6_000

/** When the page heard of it. */
async function told(client: Client, type: 'offline' | 'online'): Promise<number> {
  await eventually(() => client.told(type).length).toBeGreaterThan(0)
  return client.told(type)[0]?.at as number
}

/** Expects the second connection within the promised time after `online`, and everything to arrive over both. */
async function expectReturn(client: Client, server: Server, online: number): Promise<string> {
  await eventually(() => client.told('open')).toHaveLength(2)
  const attempt = client.attempts.find((at) => at >= online) as number
  expect(attempt - online).toBeLessThanOrEqual(spread + slack)
  const opened = client.told('open')[1]?.at as number
  expect(opened - online).toBeLessThanOrEqual(promised + slack)
  const delivery = await expectDelivery(client, server)
  expect(delivery).toMatchObject({ sent: 50, waited: 40 })
  return `attempt ${attempt - online} ms after online, open after ${opened - online} ms; ${JSON.stringify(delivery)}`
}

describe.skipIf(reason)(titled("the cable of a page's machine", reason), () => {
  it('B53 is out for a moment: the page doubts the connection, keeps it, and sends what waited', async ({
    network,
    server,
    client,
    annotate,
  }) => {
    await client.start(server, { heartbeat })
    await open(client, server)
    network.unplug()
    const offline = await told(client, 'offline')
    await eventually(() => client.state).toMatchObject({ status: 'open', suspect: true })
    expect(await client.send(20)).toEqual(new Set(['queued']))
    network.plug()
    const online = await told(client, 'online')
    await eventually(() => client.state).toMatchObject({ status: 'open', suspect: false })
    const delivery = await expectDelivery(client, server)
    expect(delivery).toMatchObject({ sent: 30, arrived: 30, uncertain: 0 })
    expect(server.connections).toHaveLength(1)
    await annotate(`online ${online - offline} ms after offline; ${JSON.stringify(delivery)}`)
  })

  it('B53, B55 is out for longer: the page gives the connection up, and has another soon after online', async ({
    network,
    server,
    client,
    annotate,
  }) => {
    await client.start(server, { heartbeat })
    await open(client, server)
    network.unplug()
    const offline = await told(client, 'offline')
    await eventually(() => client.state).toMatchObject({ status: 'open', suspect: true })
    expect(await client.send(20)).toEqual(new Set(['queued']))
    await eventually(() => client.closes).toHaveLength(1)
    expect(client.closes[0]).toMatchObject({ code: 1006, wasClean: false, origin: 'heartbeat' })
    const noticed = (client.closes[0]?.at as number) - offline
    expect(noticed).toBeLessThanOrEqual(probe + slack)
    expect(await client.send(20)).toEqual(new Set(['queued']))
    const { state } = client
    // Offline, it would try again slowly: what comes earlier was led to by `online`.
    expect(state).toMatchObject({ status: 'waiting', attempt: 1 })
    network.plug()
    const online = await told(client, 'online')
    const figures = await expectReturn(client, server, online)
    expect(client.attempts[1]).toBeLessThan((state as { retryAt: number }).retryAt)
    await annotate(`given up ${noticed} ms after offline; ${figures}`)
  })

  it("B55 is out, and with whenOffline: 'suspend' nothing is tried until online", async ({
    network,
    server,
    client,
    annotate,
  }) => {
    await client.start(server, { heartbeat, whenOffline: 'suspend' })
    await open(client, server)
    network.unplug()
    await told(client, 'offline')
    await eventually(() => client.state).toMatchObject({ status: 'open', suspect: true })
    expect(await client.send(20)).toEqual(new Set(['queued']))
    await eventually(() => client.state).toMatchObject({ status: 'suspended', why: 'offline' })
    expect(await client.send(20)).toEqual(new Set(['queued']))
    expect(client.state).not.toHaveProperty('retryAt')
    network.plug()
    const online = await told(client, 'online')
    const figures = await expectReturn(client, server, online)
    expect(client.attempts.slice(1).filter((at) => at < online)).toEqual([])
    await annotate(figures)
  })
})
