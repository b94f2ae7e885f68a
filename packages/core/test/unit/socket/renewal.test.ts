// tokenAuth on an open connection: when a token is renewed, what is done with it, and what becomes of the connection.
import { describe, expect, it, vi } from 'vitest'
import { json, SocketError, type TokenAuthOptions, type TokenContext, tokenAuth } from '../../../src'
import { openRig, type RigOptions, tape } from './support'

const wss = 'wss://memory.test/'
const life = 600_000

/** An open socket whose tokens t1, t2, … live for ten minutes; `next` may answer in their place. */
async function authorised({
  random = () => 0.5,
  ...options
}: Partial<TokenAuthOptions> & { random?: () => number } = {}) {
  const asked: TokenContext[] = []
  const answers: (() => unknown)[] = []
  const getToken = vi.fn(async (context: TokenContext) => {
    asked.push(context)
    const answer = answers.shift()
    if (answer) return answer() as never
    return { token: `t${asked.length}`, expiresAt: made.clock.now() + life }
  })
  const rigOptions: RigOptions<ReturnType<typeof json>> = {
    url: wss,
    codec: json(),
    auth: tokenAuth({ getToken, ...options }),
    environment: { random },
  }
  const made = {} as Awaited<ReturnType<typeof openRig<ReturnType<typeof json>>>>
  // The clock is needed by the first call of getToken, before openRig has given it.
  made.clock = { now: () => 1_000_000 } as never
  Object.assign(made, await openRig(rigOptions))
  const frames = () => made.server.latest.received.map((frame) => JSON.parse(String(frame)))
  const close = async () => {
    void made.socket.close()
    await made.clock.advance(0)
  }
  return { ...made, close, asked, answers, frames, reasons: () => asked.map(({ reason }) => reason) }
}

/** Ten minutes, less the leeway, less half of a tenth of that. */
const due = (life - 10_000) * 0.95

describe('when a token is renewed', () => {
  it('B44 before it expires, and the connection stays', async () => {
    const { clock, server, reasons } = await authorised()
    await clock.advance(due - 1)
    expect(reasons()).toEqual(['connect'])
    await clock.advance(1)
    expect(reasons()).toEqual(['connect', 'expiring'])
    expect(server.connections).toHaveLength(1)
    expect(server.live).toBe(1)
  })

  it('B44 again and again, by the expiry of each', async () => {
    const { clock, reasons } = await authorised()
    await clock.advance(due * 5)
    expect(reasons()).toEqual(['connect', ...Array(5).fill('expiring')])
  })

  it('B50 at times that are spread over the last tenth', async () => {
    const times: number[] = []
    for (const random of [0, 0.25, 0.999]) {
      const { clock, asked, close } = await authorised({ random: () => random })
      const opened = clock.now()
      while (asked.length < 2) await clock.advance(1_000)
      times.push(clock.now() - opened)
      await close()
    }
    expect(times).toEqual([590_000, 576_000, 532_000])
  })

  it('not where nothing says when it expires', async () => {
    const { clock, reasons } = await authorised({ getToken: () => 'for ever' })
    await clock.advance(10 * life)
    expect(reasons()).toEqual([])
    expect(clock.timers).toBe(0)
  })

  it('no more than every five seconds where it came expired', async () => {
    const getToken = vi.fn(() => ({ token: 'old', expiresAt: 1 }))
    const { clock } = await authorised({ getToken })
    await clock.advance(60_000)
    expect(getToken.mock.calls.length).toBeLessThanOrEqual(13)
  })

  it('B46 a renewal that fails is told, tried again within 5 to 10 s, and the connection stays', async () => {
    const { clock, answers, reasons, server, socket } = await authorised()
    const errors = tape(socket, 'error')
    answers.push(
      () => Promise.reject(new Error('down')),
      () => 17,
    )
    await clock.advance(due)
    expect(errors).toMatchObject([{ code: 'PROVIDER' }])
    await clock.advance(7_499)
    expect(reasons()).toHaveLength(2)
    await clock.advance(1)
    // What is no token takes nothing from the one at hand.
    expect(errors).toMatchObject([{ code: 'PROVIDER' }, { code: 'PROVIDER' }])
    await clock.advance(7_500)
    expect(reasons()).toEqual(['connect', 'expiring', 'expiring', 'expiring'])
    expect(errors).toHaveLength(2)
    expect(server.connections).toHaveLength(1)
  })

  it('B45 within a minute of waking from a sleep past its expiry, though timers slept as well', async () => {
    const { clock, reasons } = await authorised()
    clock.setNow(clock.now() + 10 * life)
    await clock.advance(60_000)
    expect(reasons()).toEqual(['connect', 'expiring'])
  })

  it('B37 no more once the connection is over, and a late answer changes nothing', async () => {
    let land = (_: unknown) => {}
    const { clock, answers, asked, close } = await authorised()
    answers.push(
      () =>
        new Promise((resolve) => {
          land = resolve
        }),
    )
    await clock.advance(due)
    await close()
    expect(asked[1]?.signal.aborted).toBe(true)
    land({ token: 'late', expiresAt: clock.now() + life })
    await clock.advance(10 * life)
    expect(asked).toHaveLength(2)
    expect(clock.timers).toBe(0)
  })
})

describe('what is done with it', () => {
  it("B44 renew: 'next' keeps it for the next attempt, which asks for none", async () => {
    const { clock, server, asked, frames } = await authorised()
    await clock.advance(due)
    expect(frames()).toEqual([])
    server.latest.die()
    await clock.advance(1_000)
    expect(server.latest.url).toBe(`${wss}?token=t2`)
    expect(asked).toHaveLength(2)
  })

  it("B44 renew: 'in-band' sends it on the same transport, and keeps the answer to itself", async () => {
    const { clock, server, socket, frames } = await authorised({
      renew: 'in-band',
      isAccepted: (message: any) => message.type === 'welcome',
    })
    const messages = tape(socket, 'message')
    server.latest.send('{"type":"welcome"}')
    await clock.advance(due)
    expect(frames()).toEqual([{ type: 'auth', token: 't2' }])
    server.latest.send('{"type":"chat"}')
    server.latest.send('{"type":"welcome"}')
    server.latest.send('{"type":"welcome"}')
    await clock.advance(0)
    // The first and the last one answer nothing: they are the app's.
    expect(messages).toEqual([{ type: 'welcome' }, { type: 'chat' }, { type: 'welcome' }])
    expect(server.connections).toHaveLength(1)
  })

  it('B44 the message is made by `message`', async () => {
    const { clock, frames } = await authorised({ renew: 'in-band', message: (token) => ({ renewed: token }) })
    await clock.advance(due)
    expect(frames()).toEqual([{ renewed: 't2' }])
  })

  it('B42 an in-band token that is refused leads to a new connection with a fresh one', async () => {
    const { clock, server, socket, reasons } = await authorised({
      renew: 'in-band',
      isRejected: (message: any) => message.type === 'refused',
    })
    const closes = tape(socket, 'close')
    await clock.advance(due)
    server.latest.send('{"type":"refused"}')
    await clock.advance(0)
    expect(reasons()).toEqual(['connect', 'expiring', 'rejected'])
    expect(closes).toMatchObject([{ origin: 'auth' }])
    expect(server.latest.url).toBe(`${wss}?token=t3`)
    expect(socket.state.get().status).toBe('open')
  })

  it('B47 null: signed out, closed', async () => {
    const { clock, answers, server, socket } = await authorised()
    answers.push(() => null)
    await clock.advance(due)
    expect(socket.state.get()).toMatchObject({ status: 'closed', cause: { origin: 'auth' } })
    expect(server.live).toBe(0)
  })

  it('B43 getToken ends it with UNAUTHORIZED', async () => {
    const { clock, answers, socket } = await authorised()
    answers.push(() => {
      throw new SocketError('UNAUTHORIZED', 'Gone.')
    })
    await clock.advance(due)
    expect(socket.state.get().status).toBe('unauthorized')
  })
})

describe('identity', () => {
  it('a token of one is never used for another', async () => {
    let who = 'ada'
    const { clock, server, socket, asked, close } = await authorised({ identity: () => who })
    await close()
    socket.connect()
    await clock.advance(0)
    expect(asked).toHaveLength(1)
    await close()
    who = 'grace'
    socket.connect()
    await clock.advance(0)
    expect(asked).toHaveLength(2)
    expect(server.latest.url).toBe(`${wss}?token=t2`)
  })

  it('whoever signs in gets a connection of their own when the token of the one before is due', async () => {
    let who = 'ada'
    const { clock, server, reasons, frames } = await authorised({ identity: () => who, renew: 'in-band' })
    who = 'grace'
    await clock.advance(due)
    expect(frames()).toEqual([])
    expect(server.connections).toHaveLength(2)
    expect(reasons()).toEqual(['connect', 'rejected'])
  })
})
