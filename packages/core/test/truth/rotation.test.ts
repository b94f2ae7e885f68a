// Rotation against a reference server: from one connection to the next while up to 1 000 messages a second go each way,
// all of them numbered and counted at both ends.

import { afterEach, describe, expect, it } from 'vitest'
import {
  offlineQueue,
  type RotationOptions,
  rotation,
  type SocketOptions,
  type SocketState,
  type TokenAuthOptions,
} from '../../src/index'
import { type RemoteAuthRig, useAuthRig } from '../support/harness'
import { account, atRest, beats, isSlowEngine } from './auth-support'

const startRig = useAuthRig()
/** So many messages go each way before and after what is to be proven. */
const enough = 200
/** Milliseconds between two turns of sending. */
const tick = 5
/** Longer than any test: whoever went on nevertheless did not wait for the end of this. */
const never = 60_000

interface Given {
  readonly rig?: Parameters<typeof startRig>[0]
  readonly rotation?: RotationOptions
  readonly auth?: Partial<TokenAuthOptions>
  readonly options?: Omit<SocketOptions, 'codec'>
  /** Messages that go each way, at most. @default 1_000 */
  readonly perSecond?: number
}

let traffic: ReturnType<typeof setInterval> | undefined
afterEach(() => clearInterval(traffic))

type Talk = Awaited<ReturnType<typeof talk>>

/** An open socket with traffic both ways. The server's stream begins when it is greeted. */
async function talk({
  rig: behaviour = {},
  rotation: how = {},
  auth = {},
  options = {},
  perSecond = 1_000,
}: Given = {}) {
  const rig = await startRig(behaviour)
  // What is sent is under way for a while, or there would be nothing to lose.
  await rig.latency(20)
  const app = account(rig, auth, {
    rotation: rotation({ linger: 300, fenceTimeout: never, ...how }),
    heartbeat: beats(),
    // However long a slow machine holds them back.
    queue: offlineQueue({ maxMessages: 100_000 }),
    onHandshake: ({ send }) => send({ type: 'hello' }),
    ...options,
  })
  const { socket } = app
  const states: SocketState[] = []
  const drops: unknown[] = []
  const heard: number[] = []
  let highest = -1
  socket.on('drop', (drop) => drops.push(drop))
  socket.on('message', (message) => {
    const { n } = message as { n?: number }
    if (n === undefined) return
    heard.push(n)
    highest = Math.max(highest, n)
  })
  socket.connect()
  await socket.once('open')
  socket.on('state', (state) => states.push(state))
  // Greeted: it is sent the stream from the first number on.
  await rig.until('messages', 1)
  await rig.stream(perSecond)
  let sent = 0
  let due = 0
  traffic = setInterval(() => {
    // Not what a late timer has missed: whoever is too slow for so many would never catch up with them.
    due += (perSecond * tick) / 1_000
    while (sent < due) socket.send({ n: sent++ })
  }, tick)
  const flow = async () => rig.until('numbers', (await rig.counts()).numbers + enough)
  await flow()
  return {
    ...app,
    rig,
    states,
    drops,
    flow,
    /** Ends the traffic, and gives the numbers as the server got them once the last one is there. */
    async end() {
      await flow()
      clearInterval(traffic)
      await rig.stream(0)
      await rig.until('nextNumber', sent)
      return { sent, outbound: await rig.numbers() }
    },
    /** The numbers as the app got them, once the last one is there that the server had sent. */
    async heardAll() {
      const connections = await rig.connections()
      const last = Math.max(...connections.map(({ streamed }) => streamed?.last ?? -1))
      while (highest < last) await socket.once('message')
      return { last, connections, inbound: [...heard] }
    },
  }
}

/** What is wrong with numbers that should be 0, 1, 2, … each once. `late`: those behind a higher one. */
function faults(numbers: readonly number[], count: number) {
  const times = Array.from({ length: count }, () => 0)
  const late: number[] = []
  let highest = -1
  for (const n of numbers) {
    times[n] = (times[n] ?? 0) + 1
    if (n < highest) late.push(n)
    highest = Math.max(highest, n)
  }
  const which = (is: (times: number) => boolean) => times.flatMap((count, n) => (is(count) ? n : []))
  return { lost: which((times) => times === 0), doubled: which((times) => times > 1), late, times }
}

/** Nothing lost either way, nothing doubled or out of order outbound, and inbound only what two connections were sent. */
async function expectWhole(talk: Talk) {
  const { sent, outbound } = await talk.end()
  const { last, connections, inbound } = await talk.heardAll()
  expect(faults(outbound, sent)).toMatchObject({ lost: [], doubled: [], late: [] })
  const { lost, doubled, times } = faults(inbound, last + 1)
  const ranges = connections.flatMap(({ streamed }) => streamed ?? [])
  const sentTo = (n: number) => ranges.filter(({ first, last }) => first <= n && n <= last).length
  expect({ lost, doubled: doubled.filter((n) => (times[n] ?? 0) > sentTo(n)) }).toEqual({
    lost: [],
    doubled: [],
  })
  expect(connections.filter(({ early }) => early)).toEqual([])
  expect(talk.drops).toEqual([])
}

/** For the app it was one connection. */
function expectSeamless({ states, closes, opens }: Talk) {
  expect(new Set(states.map(({ status }) => status))).toEqual(new Set(['open']))
  expect([closes, opens()]).toEqual([[], 1])
}

/** All is over: one connection, and nothing about it that still changes. */
async function expectSettled({ rig, socket }: Talk, { handshakes }: { readonly handshakes: number }) {
  await rig.until('open', 1)
  expect(socket.state.get()).toMatchObject({ status: 'open', rotating: false })
  expect((await rig.counts()).handshakes).toBe(handshakes)
}

describe('rotate()', () => {
  it.each(['query', 'message'] as const)(
    'goes over to a second connection without a gap (%s)',
    async (attach) => {
      const all = await talk({ rig: { attach, deliberation: 50 }, auth: { attach } })
      all.socket.rotate()
      await all.rig.until('accepted', 2)
      await atRest(all.socket)
      await all.rig.until('closed', 1)
      await expectWhole(all)
      expectSeamless(all)
      await expectSettled(all, { handshakes: 2 })
      expect(all.states.map((state) => state.status === 'open' && state.rotating)).toContain(true)
      expect([all.errors, (await all.rig.counts()).openAtOnce]).toEqual([[], 2])
      // It was we who closed the first, once it had lingered.
      expect((await all.rig.connections())[0]?.closed).toMatchObject({ code: 1000 })
    },
  )

  it('does so three times in a row, also while the first connection still lingers, with two at most', async () => {
    const all = await talk({ rotation: { linger: never } })
    for (const accepted of [2, 3, 4]) {
      all.socket.rotate()
      // While it is under way, another changes nothing.
      all.socket.rotate()
      await all.rig.until('accepted', accepted)
      await atRest(all.socket)
      await all.flow()
    }
    await expectWhole(all)
    expectSeamless(all)
    expect(await all.rig.counts()).toMatchObject({ handshakes: 4, open: 2, openAtOnce: 2 })
    expect(all.errors).toEqual([])
  })

  it('loses and doubles nothing without a heartbeat either', async () => {
    const all = await talk({ options: { heartbeat: undefined } as object })
    all.socket.rotate()
    await all.rig.until('accepted', 2)
    await atRest(all.socket)
    const { sent, outbound } = await all.end()
    expect(faults(outbound, sent)).toMatchObject({ lost: [], doubled: [] })
    expectSeamless(all)
  })

  it('waits for what is still on its way over a slow link, before anything overtakes it', async () => {
    const all = await talk({ rotation: { linger: never } })
    await all.rig.slow(60_000, 'up')
    // Half a second for the link, and no more than a moment for the agent's own buffer.
    all.socket.send({ large: 'x'.repeat(30_000) })
    all.socket.rotate()
    await all.rig.until('accepted', 2)
    await atRest(all.socket)
    await expectWhole(all)
    expectSeamless(all)
  })

  it('waits no longer than fenceTimeout where nothing proves that all has arrived', async () => {
    const all = await talk({ rotation: { fenceTimeout: 1_000 } })
    await all.rig.behave({ pong: false })
    all.socket.rotate()
    await all.rig.until('accepted', 2)
    await atRest(all.socket)
    await all.rig.behave({ pong: true })
    await expectWhole(all)
    expectSeamless(all)
    // Nor did what came in on the second meanwhile, more than inboundBuffer holds, have to be let go.
    expect(all.errors).toEqual([])
    await expectSettled(all, { handshakes: 2 })
  })

  it('still hears the answer to what was sent on the first connection', async () => {
    const all = await talk({ rotation: { linger: never } })
    const isAnswer = (message: unknown) => (message as { type?: string }).type === 'answer'
    all.socket.send({ type: 'ask' })
    all.socket.rotate()
    await all.rig.until('accepted', 2)
    await atRest(all.socket)
    expect(all.messages.some(isAnswer)).toBe(false)
    await all.rig.answer()
    while (!all.messages.some(isAnswer)) await all.socket.once('message')
    await expectWhole(all)
    expectSeamless(all)
  })

  it('takes the token at hand, and asks for none', async () => {
    const all = await talk()
    all.socket.rotate()
    await all.rig.until('accepted', 2)
    expect(all.reasons).toEqual(['connect'])
    await expectWhole(all)
  })

  it('while nothing is open does nothing', async () => {
    const rig = await startRig()
    const { socket } = account(rig, {}, { rotation: rotation() })
    socket.rotate()
    expect(socket.state.get().status).toBe('idle')
    socket.connect()
    socket.rotate()
    await socket.opened()
    await expect(rig.until('handshakes', 2, 200)).rejects.toThrow('No 2 handshakes')
  })
})

describe.skipIf(isSlowEngine)("renew: 'rotate'", () => {
  // Node and Chromium alone: it takes 12 s.
  it.skipIf(isSlowEngine)(
    'B44 keeps a connection up on a server that ends each when its token does',
    async () => {
      // To the client a token expires early: so the first rotation has three seconds, and the second comes after the end
      // of the first connection, which lingers until the server ends it.
      const all = await talk({
        rig: { life: 9_000, expiresIn: 6_500 },
        auth: { renew: 'rotate' },
        rotation: { linger: never },
        perSecond: 100,
      })
      await all.rig.until('closed', 1)
      await all.rig.until('accepted', 3)
      await expectWhole(all)
      expectSeamless(all)
      const connections = await all.rig.connections()
      expect(connections.slice(0, 3).map(({ tokens }) => tokens)).toEqual([[0], [1], [2]])
      expect(connections[0]?.closed).toMatchObject({ code: 4401, reason: 'token expired' })
      expect(new Set(all.reasons.slice(1))).toEqual(new Set(['expiring']))
      expect(await all.rig.counts()).toMatchObject({ openAtOnce: 2, tokenRequestsAtOnce: 1 })
      expect(all.errors).toEqual([])
    },
  )
})

describe.skipIf(isSlowEngine)('a server that says it is going away', () => {
  const goingAway = (message: unknown) => {
    const { type, within } = message as { type?: string; within?: number }
    return type === 'going-away' ? within : undefined
  }

  it('is left in time, and what it does to the old connection afterwards is nobody’s concern', async () => {
    const all = await talk({ rotation: { goingAway, linger: never } })
    await all.rig.send('{"type":"going-away","within":400}')
    await all.rig.until('accepted', 2)
    await atRest(all.socket)
    await all.flow()
    await all.rig.hangUp(1001, 'gone', 0)
    await all.rig.until('closed', 1)
    await expectWhole(all)
    expectSeamless(all)
    await expectSettled(all, { handshakes: 2 })
    expect(all.messages).not.toContainEqual(expect.objectContaining({ type: 'going-away' }))
  })
})

describe.skipIf(isSlowEngine)('a second connection that fails', () => {
  const byMessage = { attach: 'message' } as const
  /** As little as an attempt that goes well never takes. */
  const connectTimeout = 2_000
  const troubles: ReadonlyArray<{
    readonly how: string
    readonly begin: (rig: RemoteAuthRig) => Promise<unknown>
    readonly given?: Given
    /** The server would not have the token, and still has not. */
    readonly isRefusal?: boolean
  }> = [
    { how: 'is refused by the network', begin: (rig) => rig.refuse() },
    { how: 'is refused with 503', begin: (rig) => rig.behave({ handshake: 503 }) },
    { how: 'is refused with 401', begin: (rig) => rig.revoke(), isRefusal: true },
    {
      how: 'is never answered',
      begin: (rig) => rig.behave({ handshake: 'hang' }),
      given: { options: { connectTimeout } },
    },
    {
      how: 'is refused by message',
      begin: (rig) => rig.revoke(),
      given: { rig: { ...byMessage, refusal: 'message' }, auth: byMessage },
    },
    {
      how: 'is closed with 4401',
      begin: (rig) => rig.revoke(),
      given: { rig: byMessage, auth: byMessage },
      isRefusal: true,
    },
    {
      how: 'meets silence',
      begin: (rig) => rig.revoke(),
      given: {
        rig: { ...byMessage, refusal: 'silence' },
        auth: byMessage,
        options: { connectTimeout },
      },
      isRefusal: true,
    },
    {
      how: 'finds no token',
      begin: (rig) => rig.behave({ answers: 500 }),
      given: { rig: { life: null } },
    },
    {
      how: 'waits for a token in vain',
      begin: (rig) => rig.behave({ answers: 'hang' }),
      given: { rig: { life: null }, options: { connectTimeout } },
    },
  ]

  // How a handshake is refused is each engine's matter, what becomes of a token is not.
  const hereToo = troubles.filter(({ given }) => !isSlowEngine || !given?.rig)

  it.each(hereToo)(
    'that $how leaves the first as it was, which is told',
    async ({ begin, given, isRefusal }) => {
      const all = await talk(given)
      await begin(all.rig)
      const told = all.socket.once('error')
      all.socket.rotate()
      await told
      await atRest(all.socket)
      await all.flow()
      expect(all.errors).toHaveLength(1)
      expectSeamless(all)
      expect((await all.rig.counts()).closed).toBeLessThanOrEqual(1)
      // It is no reason not to try again.
      await all.rig.accept()
      await all.rig.behave({ handshake: 'verify', answers: 'token' })
      if (isRefusal) return expectWhole(all)
      const { accepted } = await all.rig.counts()
      all.socket.rotate()
      await all.rig.until('accepted', accepted + 1)
      await atRest(all.socket)
      await expectWhole(all)
      expectSeamless(all)
    },
  )
})

describe.skipIf(isSlowEngine)('the end of all during a rotation', () => {
  it('close() ends both, and is told once', async () => {
    const all = await talk({ rotation: { linger: never } })
    await all.rig.behave({ deliberation: 500 })
    all.socket.rotate()
    await all.rig.until('handshakes', 2)
    await all.socket.close()
    await all.rig.until('open', 0)
    await all.rig.until('alive', 0)
    expect(all.closes).toMatchObject([{ origin: 'user' }])
    expect(all.socket.state.get().status).toBe('closed')
    expect((await all.rig.counts()).handshakes).toBe(2)
  })

  it('a second connection that breaks before it is used leaves the first as it was', async () => {
    const all = await talk()
    // Without a pong it is not used.
    await all.rig.behave({ pong: false })
    const told = all.socket.once('error')
    all.socket.rotate()
    await all.rig.until('accepted', 2)
    await all.rig.hangUp(1011, 'out of memory', 1)
    expect(await told).toMatchObject({ code: 'ROTATION' })
    await all.rig.behave({ pong: true })
    await expectWhole(all)
    expectSeamless(all)
    await expectSettled(all, { handshakes: 2 })
  })

  it('a first connection that ends once the second was accepted is succeeded by it, and nobody notices', async () => {
    const all = await talk()
    await all.rig.behave({ pong: false })
    all.socket.rotate()
    await all.rig.until('messages', 2)
    await all.rig.hangUp(1001, 'gone', 0)
    await atRest(all.socket)
    await all.rig.behave({ pong: true })
    await expectWhole(all)
    expectSeamless(all)
    await expectSettled(all, { handshakes: 2 })
  })

  it.each([
    { what: 'the server ends both', end: ({ rig }: Talk) => rig.hangUp(1012, 'deploy') },
    { what: 'the user wants another', end: async ({ socket }: Talk) => socket.reconnect() },
  ])(
    '$what before the second is used: that is one break, and what waited goes out on a third',
    async ({ end }) => {
      const all = await talk()
      await all.rig.behave({ pong: false })
      all.socket.rotate()
      await all.rig.until('messages', 2)
      const reopened = all.socket.once('open')
      await end(all)
      await reopened
      await all.rig.behave({ pong: true })
      const { sent, outbound } = await all.end()
      const { lost, doubled, late } = faults(outbound, sent)
      expect([doubled, late]).toEqual([[], []])
      // What a connection had taken as it ended may have been lost with it. It is counted.
      expect(all.closes).toHaveLength(1)
      expect(lost.length).toBeLessThanOrEqual(all.closes[0]?.uncertain.messages ?? 0)
      await expectSettled(all, { handshakes: 3 })
    },
  )

  it('a first connection that breaks before the second is accepted is replaced as always', async () => {
    const all = await talk()
    await all.rig.behave({ handshake: 'hang' })
    all.socket.rotate()
    await all.rig.until('handshakes', 2)
    await all.rig.behave({ handshake: 'verify' })
    const reopened = all.socket.once('open')
    await all.rig.hangUp(1012, 'deploy', 0)
    await reopened
    // With messages under way, WebKit does not see the server's code.
    expect(all.closes).toHaveLength(1)
    await all.flow()
    await all.rig.until('open', 1)
    expect(await all.rig.counts()).toMatchObject({ handshakes: 3, openAtOnce: 1 })
  })
})
