// The classes that pass for a WebSocket: by the platform's own rules, and on networks that break.

import { afterEach, describe, expect, it } from 'vitest'
import { heartbeat } from '../../src/index'
import { type HawserWebSocket, hawserWebSocket, ReconnectingWebSocket } from '../../src/websocket'
import { environment, NativeWebSocket, platform, useRig } from '../support/harness'
import { rules, type Scene, watch } from './websocket-rules'

const startRig = useRig()

const once = { closeTimeout: 500, environment: environment() }
const Single = hawserWebSocket({ ...once, reconnect: false })
const Reconnecting = hawserWebSocket({ ...once, retryDelay: () => 20 })

const made: WebSocket[] = []

afterEach(async () => {
  const closing = made.splice(0).filter(({ readyState, CLOSED }) => readyState !== CLOSED)
  // `ws` throws an `error` that nobody hears.
  for (const socket of closing) socket.onerror = () => {}
  for (const socket of closing) socket.close()
})

async function sceneFor(Class: unknown, options: Parameters<typeof startRig>[0]): Promise<Scene> {
  const WebSocket = Class as typeof globalThis.WebSocket
  const rig = await startRig(options)
  const make: Scene['make'] = (...args) => {
    const socket = new WebSocket(...(args as [string]))
    made.push(socket)
    return watch(socket)
  }
  const open: Scene['open'] = async (...args) => {
    const watched = make(rig.url, ...args)
    await watched.opened
    return watched
  }
  return { WebSocket, rig, make, open }
}

const classes = [
  ["the platform's own class", NativeWebSocket],
  ['a class for one connection', Single],
  ['a class that reconnects', Reconnecting],
] as const

describe.each(classes)('B114 %s', (_, Class) => {
  for (const { rule, server = {}, see, be, departs, evenOurs, single } of rules) {
    const isTold = single && Class === Reconnecting
    const why = (Class === NativeWebSocket || evenOurs) && departs?.[platform]
    // Where a class is said to depart it has to.
    const test = isTold ? undefined : why ? it.fails : it
    test?.(why ? `${rule} – not here: ${why}` : rule, async () => {
      expect(await see(await sceneFor(Class, server))).toEqual(be)
    })
  }
})

describe('on a network that breaks', () => {
  it('comes back after a reset, with its binary type and what was sent meanwhile', async () => {
    const { rig, open } = await sceneFor(Reconnecting, { echo: true })
    const { socket, told, heard } = await open()
    socket.binaryType = 'arraybuffer'
    const next = (type: 'open' | 'close') =>
      new Promise<Event>((resolve) => socket.addEventListener(type, resolve, { once: true }))
    const [closed, reopened] = [next('close'), next('open')]
    await rig.refuse()
    await rig.reset()
    expect(await closed).toMatchObject({ code: 1006, reason: '', wasClean: false })
    expect(socket.readyState).toBe(socket.CONNECTING)
    for (const data of ['one', new Uint8Array([2])]) socket.send(data)
    expect(socket.bufferedAmount).toBe(4)
    await rig.accept()
    await reopened
    expect(await heard(2)).toEqual(['one', new Uint8Array([2]).buffer])
    expect([socket.readyState, (await rig.counts()).open]).toEqual([socket.OPEN, 1])
    expect([told.at(0), ...told.slice(1, 3)]).toEqual(['open', 'error', 'close'])
  })

  it('B16 tells of each refused attempt, and opens once there is a server', async () => {
    const { rig, make } = await sceneFor(Reconnecting, {})
    await rig.refuse()
    const { socket, opened, closed, told } = make(rig.url)
    expect(await closed).toMatchObject({ code: 1006, wasClean: false })
    expect(socket.readyState).toBe(socket.CONNECTING)
    await rig.accept()
    await opened
    expect(told.slice(0, 2)).toEqual(['error', 'close'])
  })

  it('B22 makes no connection any more once it was closed', async () => {
    const { rig, make, open } = await sceneFor(Reconnecting, {})
    await rig.refuse()
    const { socket, closed, told } = make(rig.url)
    await closed
    socket.close()
    await rig.accept()
    const other = await open()
    expect([socket.readyState, told.includes('open'), (await rig.counts()).handshakes]).toEqual([3, false, 1])
    other.socket.close()
  })

  it('B123 notices a dead connection, and is over', async () => {
    const Live = hawserWebSocket({
      ...once,
      reconnect: false,
      heartbeat: heartbeat({ interval: 100, timeout: 400 }),
    })
    const { rig, open } = await sceneFor(Live, {})
    const { socket, closed, told } = await open()
    await rig.stall()
    expect(await closed).toMatchObject({ code: 1006, wasClean: false })
    await rig.heal()
    expect([socket.readyState, told.filter((type) => type !== 'message')]).toEqual([
      3,
      ['open', 'error', 'close'],
    ])
    expect((await rig.counts()).handshakes).toBe(1)
  })

  it('B123 sends a large stream at the pace of the network, and all of it before its close', async () => {
    const Patient = hawserWebSocket({ ...once, reconnect: false, closeTimeout: 30_000 })
    const { rig, open } = await sceneFor(Patient, {})
    const { socket, closed } = await open()
    const message = 'x'.repeat(262_144)
    for (let i = 0; i < 32; i++) socket.send(message)
    // Far more than the high-water mark, and than the limits of a queue.
    expect(socket.bufferedAmount).toBeGreaterThan(2_000_000)
    socket.close(3000)
    expect(await closed).toMatchObject({ code: 3000, wasClean: true })
    expect((await rig.counts()).messages).toBe(32)
  })

  it('B123 waits before its close for one message that the network does not take at once', async () => {
    const Patient = hawserWebSocket({ ...once, reconnect: false, closeTimeout: 30_000 })
    const { rig, open } = await sceneFor(Patient, {})
    const { socket, closed } = await open()
    await rig.slow(1_000_000, 'up')
    socket.send(new Uint8Array(16_000_000))
    socket.close(3000)
    // WebKitGTK may show nothing of what it holds back, and sees to it by itself.
    const { state } = (socket as HawserWebSocket).hawser
    if (platform !== 'webkit') expect(state.get()).toEqual({ status: 'closing', draining: true })
    await rig.slow(null)
    expect(await closed).toMatchObject({ code: 3000, wasClean: true })
    expect((await rig.counts()).messages).toBe(1)
  })
})

describe('B125 as the global WebSocket', () => {
  const before = globalThis.WebSocket
  afterEach(() => {
    globalThis.WebSocket = before
  })

  it('a class stands on the native one, and one that finds only ours says so', async () => {
    globalThis.WebSocket = NativeWebSocket
    const Class = hawserWebSocket({ reconnect: false })
    globalThis.WebSocket = Class
    const { rig, open } = await sceneFor(globalThis.WebSocket, {})
    await open()
    expect((await rig.counts()).handshakes).toBe(1)
    const none = expect.objectContaining({ code: 'NO_WEBSOCKET' })
    expect(() => new ReconnectingWebSocket(rig.url)).toThrow(none)
    globalThis.WebSocket = NativeWebSocket
    const ready = watch(new ReconnectingWebSocket(rig.url))
    await ready.opened
    globalThis.WebSocket = ReconnectingWebSocket
    const again = watch(new globalThis.WebSocket(rig.url))
    await again.opened
    expect((await rig.counts()).open).toBe(3)
    for (const { socket } of [ready, again]) socket.close()
  })
})
