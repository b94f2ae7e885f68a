// What the platform tells of its network and its page, on globals that the test plays.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { platformNetwork, platformPage } from '../../src/signals'
import { memoryServer } from '../../src/testing'
import type { NetworkSignal, PageSignal } from '../../src/types'

/** Keeps to EventTarget's rules, and shows who listens. */
function target<Fields extends object>(fields: Fields) {
  const handlers: { readonly type: string; readonly handler: (event: object) => void }[] = []
  return {
    ...fields,
    addEventListener(type: string, handler: (event: object) => void) {
      handlers.push({ type, handler })
    },
    removeEventListener(type: string, handler: unknown) {
      const index = handlers.findIndex((one) => one.type === type && one.handler === handler)
      if (index >= 0) handlers.splice(index, 1)
    },
    get attached() {
      return handlers.map(({ type }) => type)
    },
    fire(type: string, event: object = {}) {
      for (const one of [...handlers]) if (one.type === type) one.handler({ type, ...event })
    },
  }
}

const makeBrowser = () => ({
  window: target({}),
  document: target({ hidden: false }),
  connection: target({ type: 'wifi' as string | undefined }),
  navigator: { onLine: true as boolean | undefined } as { onLine: boolean | undefined; connection?: unknown },
})
let browser: ReturnType<typeof makeBrowser>

/** All that is attached anywhere. */
const attached = () => [
  ...browser.window.attached,
  ...browser.document.attached,
  ...browser.connection.attached,
]

beforeEach(() => {
  browser = makeBrowser()
  const { window, document, navigator } = browser
  vi.stubGlobal('addEventListener', window.addEventListener)
  vi.stubGlobal('removeEventListener', window.removeEventListener)
  vi.stubGlobal('document', document)
  vi.stubGlobal('navigator', navigator)
})
afterEach(() => vi.unstubAllGlobals())

/** A source that is there, and what it tells from now on. */
function listenTo<Signal>(
  source: { readonly subscribe: (listener: (signal: Signal) => void) => () => void } | undefined,
) {
  const told: Signal[] = []
  const off = source?.subscribe((signal) => told.push(signal)) ?? expect.fail('There is none.')
  return { told, off }
}
const hearNetwork = () => listenTo<NetworkSignal>(platformNetwork())
const hearPage = () => listenTo<PageSignal>(platformPage())

describe('the network', () => {
  it.each([
    [true, true],
    [false, false],
    [undefined, true],
  ])('B54 where navigator.onLine is %s, is online: %s', (onLine, isOnline) => {
    browser.navigator.onLine = onLine
    expect(platformNetwork()?.isOnline()).toBe(isOnline)
  })

  it('B54 is asked anew each time', () => {
    const network = platformNetwork()
    expect(network?.isOnline()).toBe(true)
    browser.navigator.onLine = false
    expect(network?.isOnline()).toBe(false)
  })

  it('tells of online and offline', () => {
    const { told } = hearNetwork()
    expect(attached()).toEqual(['online', 'offline'])
    for (const type of ['offline', 'online', 'offline']) browser.window.fire(type)
    expect(told).toEqual(['offline', 'online', 'offline'])
  })

  describe('with navigator.connection', () => {
    beforeEach(() => {
      browser.navigator.connection = browser.connection
    })

    it('tells of another kind of network, and of nothing else that the connection says', () => {
      const { told } = hearNetwork()
      expect(browser.connection.attached).toEqual(['change'])
      browser.connection.fire('change')
      expect(told).toEqual([])
      for (const type of ['cellular', 'cellular', 'ethernet', 'ethernet']) {
        browser.connection.type = type
        browser.connection.fire('change')
      }
      expect(told).toEqual(['change', 'change'])
    })

    it('says nothing where no type is known', () => {
      browser.connection.type = undefined
      const { told } = hearNetwork()
      browser.connection.fire('change')
      expect(told).toEqual([])
    })

    it('compares with the kind of network at the time when somebody began to listen', () => {
      const network = platformNetwork()
      listenTo(network).off()
      browser.connection.type = 'cellular'
      const { told } = listenTo(network)
      browser.connection.fire('change')
      expect(told).toEqual([])
    })
  })
})

describe('the page', () => {
  it('tells of being seen, hidden, focused, frozen and run again', () => {
    const { told } = hearPage()
    const { document, window } = browser
    document.hidden = true
    document.fire('visibilitychange')
    document.hidden = false
    document.fire('visibilitychange')
    window.fire('focus')
    document.fire('freeze')
    document.fire('resume')
    expect(told).toEqual(['hidden', 'visible', 'focus', 'freeze', 'resume'])
  })

  it('B60 tells of the back/forward cache, and of no other end or beginning', () => {
    const { told } = hearPage()
    for (const persisted of [false, true]) {
      browser.window.fire('pagehide', { persisted })
      browser.window.fire('pageshow', { persisted })
    }
    expect(told).toEqual(['leave', 'return'])
  })

  it('B60 attaches nothing that keeps a page out of that cache', () => {
    hearPage()
    expect(attached().sort()).toEqual([
      'focus',
      'freeze',
      'pagehide',
      'pageshow',
      'resume',
      'visibilitychange',
    ])
  })

  it('says whether it is hidden now', () => {
    const page = platformPage()
    expect(page?.isHidden()).toBe(false)
    browser.document.hidden = true
    expect(page?.isHidden()).toBe(true)
  })
})

describe.each([
  ['the network', platformNetwork, () => browser.window.fire('online'), 2],
  ['the page', platformPage, () => browser.window.fire('focus'), 6],
] as const)('%s', (_, make, fire, handlers) => {
  const source = () => make() as { subscribe: (listener: (signal: string) => void) => () => void }

  it('B3 attaches nothing before somebody listens', () => {
    source()
    expect(attached()).toEqual([])
  })

  it('B58 has one set of handlers for all who listen, and none after the last', () => {
    const { subscribe } = source()
    const told: number[] = []
    const offs = [0, 1, 2].map((n) => subscribe(() => told.push(n)))
    expect(attached()).toHaveLength(handlers)
    fire()
    expect(told).toEqual([0, 1, 2])
    for (const off of offs.slice(0, 2)) off()
    expect(attached()).toHaveLength(handlers)
    fire()
    expect(told).toEqual([0, 1, 2, 2])
    offs[2]?.()
    expect(attached()).toEqual([])
  })

  it('B58 attaches anew for whoever comes after that', () => {
    const { subscribe } = source()
    subscribe(() => {})()
    const told: string[] = []
    subscribe((signal) => told.push(signal))
    expect(attached()).toHaveLength(handlers)
    fire()
    expect(told).toHaveLength(1)
  })

  it('B58 an unsubscribe counts once, whoever listens still', () => {
    const { subscribe } = source()
    const told: string[] = []
    subscribe((signal) => told.push(signal))
    const off = subscribe(() => {})
    off()
    off()
    fire()
    expect([told.length, attached().length]).toEqual([1, handlers])
  })

  it('B30 who unsubscribes meanwhile is not told any more, and who subscribes not yet', () => {
    const { subscribe } = source()
    const told: string[] = []
    let off = () => {}
    subscribe(() => {
      off()
      subscribe(() => told.push('added'))
    })
    off = subscribe(() => told.push('removed'))
    fire()
    expect(told).toEqual([])
    fire()
    expect(told).toEqual(['added'])
  })
})

describe('where the platform has no such thing', () => {
  it('in Node there is no network and no page', () => {
    for (const name of ['navigator', 'document', 'addEventListener']) vi.stubGlobal(name, undefined)
    expect([platformNetwork(), platformPage()]).toEqual([undefined, undefined])
  })

  it('nor in newer Node and React Native, whose navigator has no events', () => {
    vi.stubGlobal('addEventListener', undefined)
    expect(platformNetwork()).toBeUndefined()
  })

  it('a worker has a network, and no page', () => {
    vi.stubGlobal('document', undefined)
    expect(hearNetwork().told).toEqual([])
    expect(platformPage()).toBeUndefined()
  })

  it('a document without events is no page', () => {
    vi.stubGlobal('document', {})
    expect(platformPage()).toBeUndefined()
  })
})

describe('sockets on these globals', () => {
  const open = async () => {
    // The platform's parts are made once, by the first socket.
    vi.resetModules()
    const { createSocket } = await import('../../src')
    const { WebSocket, url } = memoryServer()
    return () => createSocket(url, { environment: { WebSocket } })
  }

  it('B3 B58 attach nothing before connect()', async () => {
    const make = await open()
    make()
    expect(attached()).toEqual([])
  })

  it('B58 attach one set of handlers, however many they are, and leave none', async () => {
    const make = await open()
    const sockets = Array.from({ length: 5 }, make)
    for (const socket of sockets) socket.connect()
    await Promise.all(sockets.map((socket) => socket.opened()))
    expect(attached()).toHaveLength(8)
    for (const socket of sockets.slice(1)) await socket.close()
    expect(attached()).toHaveLength(8)
    await sockets[0]?.close()
    expect(attached()).toEqual([])
  })
})
