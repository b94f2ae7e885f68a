// What a component can show of a socket, each field by itself.
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { heartbeat, json } from '../../../src'
import { fieldStores, isSocket, noSocket } from '../../../src/bindings'
import { openRig, rig } from '../socket/support'
import { thrown } from '../support'
import { drawnPage } from './support'

/** Follows a store to the end of the test, and counts what it tells. */
function follow(store: { subscribe(listener: () => void): () => void }) {
  const listener = vi.fn()
  onTestFinished(store.subscribe(listener))
  return listener
}

describe('fieldStores', () => {
  it('B110 listens to nothing before one is subscribed to', async () => {
    const { socket } = await openRig()
    const spies = [
      vi.spyOn(socket, 'on'),
      vi.spyOn(socket.state, 'subscribe'),
      vi.spyOn(socket.queue, 'subscribe'),
      vi.spyOn(socket.latency, 'subscribe'),
    ]
    const values = Object.values(fieldStores).map((make) => make(socket).get())
    expect(values).toEqual(['open', undefined, 0, undefined, undefined])
    expect(spies.map(({ mock }) => mock.calls.length)).toEqual([0, 0, 0, 0])
  })

  it('status is told at once', async () => {
    drawnPage()
    const { clock, socket } = rig()
    const store = fieldStores.status(socket)
    const seen: string[] = []
    onTestFinished(store.subscribe(() => seen.push(store.get())))
    socket.connect()
    expect(store.get()).toBe('connecting')
    await clock.advance(0)
    expect(seen.at(-1)).toBe('open')
    void socket.close()
    expect(seen.at(-1)).toBe('closing')
  })

  it('latency is the last round trip', async () => {
    const page = drawnPage()
    const { clock, server, socket } = await openRig({
      heartbeat: heartbeat({ interval: 1_000, timeout: 500 }),
      server: { onMessage: (frame, connection) => frame === 'ping' && connection.send('pong') },
    })
    const store = fieldStores.latency(socket)
    const listener = follow(store)
    server.latest.stall()
    await clock.advance(1_030)
    server.latest.heal()
    await clock.advance(0)
    expect([socket.latency.get(), store.get(), listener.mock.calls.length]).toEqual([30, undefined, 0])
    page.draw()
    expect([store.get(), listener.mock.calls.length]).toEqual([30, 1])
  })

  it('queued is how many wait, once per frame', async () => {
    const page = drawnPage()
    const { clock, socket } = rig()
    const store = fieldStores.queued(socket)
    const listener = follow(store)
    for (let n = 0; n < 100; n++) socket.send('waits')
    expect([store.get(), listener.mock.calls.length]).toEqual([0, 0])
    page.draw()
    expect([store.get(), listener.mock.calls.length]).toEqual([100, 1])
    socket.connect()
    await clock.advance(0)
    page.draw()
    expect([store.get(), listener.mock.calls.length]).toEqual([0, 2])
  })

  describe('error', () => {
    const setUp = async () => {
      const page = drawnPage()
      const { clock, server, socket } = await openRig({ codec: json() })
      const store = fieldStores.error(socket)
      const fail = async () => {
        server.latest.send('no JSON')
        await clock.advance(0)
        page.draw()
      }
      const reopen = async () => {
        await clock.advance(1)
        socket.reconnect()
        await clock.advance(0)
        page.draw()
      }
      return { page, clock, socket, store, fail, reopen }
    }

    it('is the last error event since the last open', async () => {
      const { store, fail, reopen } = await setUp()
      const listener = follow(store)
      await fail()
      const first = store.get()
      expect(first).toEqual(thrown('DECODE'))
      await fail()
      expect(store.get()).toEqual(thrown('DECODE'))
      expect(store.get()).not.toBe(first)
      await reopen()
      expect(store.get()).toBeUndefined()
      expect(listener).toHaveBeenCalledTimes(3)
    })

    it('outlasts a pause of the listening in which nothing was opened, and no other', async () => {
      const { page, clock, socket, store, fail, reopen } = await setUp()
      let off = store.subscribe(() => {})
      await fail()
      off()
      off = store.subscribe(() => {})
      expect(store.get()).toEqual(thrown('DECODE'))
      off()
      await reopen()
      off = store.subscribe(() => {})
      expect(store.get()).toBeUndefined()
      // An error while it is not open counts until it is.
      await fail()
      void socket.close()
      await clock.advance(0)
      off()
      off = store.subscribe(() => {})
      page.draw()
      expect(store.get()).toEqual(thrown('DECODE'))
      off()
    })
  })

  it('lastMessage is what came last since it was subscribed to', async () => {
    const page = drawnPage()
    const { clock, server, socket } = await openRig()
    socket.on('message', () => {})
    server.latest.send('before')
    await clock.advance(0)
    const store = fieldStores.lastMessage(socket)
    follow(store)
    expect(store.get()).toBeUndefined()
    server.latest.send('after')
    await clock.advance(0)
    page.draw()
    expect(store.get()).toBe('after')
  })
})

describe('what is given for a socket', () => {
  it('is told apart from a URL, options, a function and nothing', () => {
    const { socket } = rig()
    expect(isSocket(socket)).toBe(true)
    for (const other of [
      'ws://a.test/',
      new URL('ws://a.test/'),
      () => 'ws://a.test/',
      {},
      null,
      undefined,
      0,
    ])
      expect(isSocket(other)).toBe(false)
  })

  it('says what is missing, and how to mend it', () => {
    expect(noSocket('useSocket', 'wrap the tree')).toEqual(
      thrown('NO_SOCKET', 'useSocket() found no socket: wrap the tree, or pass one: useSocket(socket).'),
    )
  })
})
