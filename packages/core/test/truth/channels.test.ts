// Channels over real connections: what was missed while one was broken comes once and in order, or the app is told.

import { describe, expect, it } from 'vitest'
import { createChannels, type Subscription } from '../../src/channels'
import { json, rotation } from '../../src/index'
import { type RemoteChannelRig, useChannelRig } from '../support/harness'
import { open } from './support'

const startRig = useChannelRig()

function connect(rig: RemoteChannelRig) {
  const app = open(rig.url, { codec: json(), rotation: rotation({ linger: 300, fenceTimeout: 300 }) })
  const channels = createChannels<number>(app.socket)
  app.socket.connect()
  return { ...app, channels }
}

/** Resolves when it is subscribed, and says whether all was recovered. */
async function settled({ state }: Subscription): Promise<boolean> {
  for (;;) {
    const now = state.get()
    if (now.status === 'subscribed') return now.recovered
    await changed(state)
  }
}

const changed = ({ subscribe }: Subscription['state']) =>
  new Promise<void>((resolve) => {
    const off = subscribe(() => {
      off()
      resolve()
    })
  })

/** A subscriber, with what it was given. */
function listen({ channels }: ReturnType<typeof connect>, name: string, options = {}) {
  const given: number[] = []
  let look = () => {}
  const subscription = channels.subscribe(
    name,
    (message) => {
      given.push(message)
      look()
    },
    options,
  )
  return {
    subscription,
    given,
    /** Resolves when it was given this message. */
    reaches: (message: number) =>
      new Promise<void>((resolve) => {
        look = () => given.includes(message) && resolve()
        look()
      }),
  }
}

const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, i) => first + i)

describe('channels', () => {
  it('B98 get what came while the connection was broken, once and in order', async () => {
    const rig = await startRig()
    const app = connect(rig)
    const a = listen(app, 'a')
    const quiet = listen(app, 'quiet')
    expect([await settled(a.subscription), await settled(quiet.subscription)]).toEqual([false, false])
    await rig.publish('a', 50)
    await a.reaches(50)
    for (const round of [1, 2, 3]) {
      await rig.refuse()
      const lost = app.socket.once('close')
      await rig.reset()
      await lost
      expect(a.subscription.state.get().status).toBe('waiting')
      await rig.publish('a', 50)
      if (round === 1) await rig.publish('quiet', 1)
      await rig.accept()
      await a.reaches(50 + 50 * round)
      expect(a.subscription.state.get()).toMatchObject({ status: 'subscribed', recovered: true })
    }
    expect([a.given, quiet.given]).toEqual([upTo(200), [1]])
    expect([await rig.subscriptions(), await rig.faults()]).toEqual([[['a', 'quiet']], []])
  })

  it('B98 lose and double nothing while messages stream and the connection is cut in the midst of them', async () => {
    const rig = await startRig()
    const app = connect(rig)
    const a = listen(app, 'a')
    await settled(a.subscription)
    await rig.stream('a', 500)
    for (let n = 0; n < 5; n++) {
      await a.reaches((a.given.at(-1) ?? 0) + 50)
      const lost = app.socket.once('close')
      await rig.cut(2_000, 'down')
      await lost
      await app.socket.once('open')
      expect(await settled(a.subscription)).toBe(true)
    }
    await rig.stream('a', 0)
    const last = await rig.last('a')
    await a.reaches(last)
    expect(a.given).toEqual(upTo(last))
    expect([await rig.faults(), app.errors, app.messages]).toEqual([[], [], []])
  })

  it('say so where the history was too short, and go on from there', async () => {
    const rig = await startRig({ remember: 5 })
    const app = connect(rig)
    const a = listen(app, 'a')
    await settled(a.subscription)
    await rig.publish('a', 3)
    await a.reaches(3)
    await rig.refuse()
    const lost = app.socket.once('close')
    await rig.reset()
    await lost
    await rig.publish('a', 20)
    await rig.accept()
    expect(await settled(a.subscription)).toBe(false)
    await rig.publish('a', 2)
    await a.reaches(25)
    expect(a.given).toEqual([...upTo(3), 24, 25])
  })

  it('miss and double nothing in rotations, while messages stream', async () => {
    const rig = await startRig()
    const app = connect(rig)
    const a = listen(app, 'a')
    await settled(a.subscription)
    await rig.stream('a', 500)
    await a.reaches(50)
    for (const connections of [2, 3, 4]) {
      app.socket.rotate()
      await rig.until('connections', connections)
      await rig.until('open', 1)
      await a.reaches((a.given.at(-1) ?? 0) + 50)
    }
    await rig.stream('a', 0)
    const last = await rig.last('a')
    await a.reaches(last)
    expect(a.given).toEqual(upTo(last))
    expect(a.subscription.state.get()).toMatchObject({ status: 'subscribed', recovered: true })
    expect(await rig.asked()).toEqual([['+a'], ['+a'], ['+a'], ['+a']])
    expect([app.closes, app.opens(), app.errors]).toEqual([[], 1, []])
  })

  it('B96 B97 are told to the server as the app wants them, however often it changed its mind offline', async () => {
    const rig = await startRig()
    const app = connect(rig)
    const a = listen(app, 'a')
    await settled(a.subscription)
    await rig.refuse()
    const lost = app.socket.once('close')
    await rig.reset()
    await lost
    a.subscription.unsubscribe()
    listen(app, 'b').subscription.unsubscribe()
    const c = listen(app, 'c')
    listen(app, 'c')
    await rig.accept()
    await settled(c.subscription)
    expect([await rig.asked(), await rig.faults()]).toEqual([[['+a'], ['+c']], []])
    app.channels.dispose()
    await rig.until('subscribed', 0)
    expect((await rig.asked())[1]).toEqual(['+c', '-c'])
  })

  it('go on after a reload from where the page had come', async () => {
    const rig = await startRig()
    const before = connect(rig)
    const old = listen(before, 'a')
    await settled(old.subscription)
    await rig.publish('a', 3)
    await old.reaches(3)
    const since = JSON.parse(JSON.stringify(old.subscription.position))
    await before.socket.close()
    await rig.publish('a', 3)
    const now = listen(connect(rig), 'a', { since })
    expect(await settled(now.subscription)).toBe(true)
    await now.reaches(6)
    expect(now.given).toEqual([4, 5, 6])
  })

  it('are read as an async iterator over breaks', async () => {
    const rig = await startRig()
    const app = connect(rig)
    const a = app.channels.subscribe('a')
    await settled(a)
    await rig.publish('a', 10)
    const read: number[] = []
    for await (const message of a) {
      read.push(message)
      if (message === 10) {
        const lost = app.socket.once('close')
        await rig.reset()
        await lost
        await rig.publish('a', 10)
      }
      if (message === 20) break
    }
    expect(read).toEqual(upTo(20))
    await rig.until('subscribed', 0)
  })
})
