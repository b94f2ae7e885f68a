// Sockets that components share: one for each target, for as long as one of them is there.
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { tokenAuth } from '../../../src'
import { type Given, type SharedSocketOptions, type SocketUrl, shareSocket } from '../../../src/bindings'
import { isKept, targetOf } from '../../../src/bindings/target'
import { memoryServer } from '../../../src/testing'
import { outcome, tape } from '../socket/support'
import { thrown } from '../support'
import { grace, page, unheldLife } from './support'

const url = 'wss://a.test/'
const statusOf = ({ socket }: { socket: { state: { get(): { status: string } } } }) =>
  socket.state.get().status

describe('the target of a component', () => {
  afterEach(() => void vi.unstubAllGlobals())
  const target = (given: Partial<Given>) => targetOf({ url, options: undefined, ...given })
  const inPage = () => vi.stubGlobal('window', { location: { href: 'https://app.test/rooms/one' } })

  it('is none without a URL', () => {
    expect([target({ url: null }).url, target({ url: undefined }).url]).toEqual([undefined, undefined])
  })

  it.each([
    ['/live', 'wss://app.test/live'],
    ['two', 'wss://app.test/rooms/two'],
    ['//b.test/live', 'wss://b.test/live'],
    ['https://app.test/live', 'wss://app.test/live'],
    [new URL('http://app.test/live'), 'ws://app.test/live'],
    ['WSS://A.test', 'wss://a.test/'],
    // What no WebSocket takes stays as it is, for the socket to tell of.
    ['ftp://a.test/', 'ftp://a.test/'],
    ['wss://a.test/#part', 'wss://a.test/#part'],
    ['wss://', 'wss://'],
  ])('is absolute: %s', (given, absolute) => {
    inPage()
    expect(target({ url: given }).url).toBe(absolute)
  })

  it('is resolved against the base of the environment, where one is given', () => {
    inPage()
    const options = { environment: { baseUrl: 'https://api.test/v1/' } }
    expect(target({ url: 'live', options }).url).toBe('wss://api.test/v1/live')
  })

  it('B109 touches no page on a server', () => {
    expect([target({}).url, target({ url: '/live' }).url]).toEqual([url, '/live'])
  })

  it('is the same for the same URL and identity, and for a function that is new at each render', () => {
    inPage()
    const same = (one: Partial<Given>, other: Partial<Given>) => isKept(target(one), target(other))
    const [ada, bob] = [{ options: { identity: 'ada' } }, { options: { identity: 'bob' } }]
    expect([
      same({ url: '/live' }, { url: 'https://app.test/live' }),
      same({ url: () => url }, { url: () => url }),
      same(ada, { options: { identity: 'ada' } }),
      same({}, { url: 'wss://b.test/' }),
      same({}, { url: () => url }),
      same(ada, bob),
      same(ada, {}),
      same({}, { url: null }),
    ]).toEqual([true, true, true, false, false, false, false, true])
  })
})

describe('components with the same target', () => {
  it('B107 share one transport, which closes after the last of them plus the grace', async () => {
    const { clock, server, mount } = page()
    const components = Array.from({ length: 5 }, () => mount(url))
    expect(new Set(components.map(({ socket }) => socket)).size).toBe(1)
    await clock.advance(0)
    expect([server.connections.length, server.live]).toEqual([1, 1])
    await clock.advance(unheldLife)
    for (const component of components.slice(1)) component.unmount()
    expect(clock.timers).toBe(0)
    await clock.advance(grace)
    expect(server.live).toBe(1)
    components[0]?.unmount()
    await clock.advance(99)
    expect(server.live).toBe(1)
    await clock.advance(1)
    expect([server.connections.length, server.live]).toEqual([1, 0])
    expect(clock.timers).toBe(0)
  })

  it('B105 keep it where one is mounted anew within the grace, as StrictMode does', async () => {
    const { clock, server, mount } = page()
    const component = mount(url)
    component.unmount()
    component.mount()
    await clock.advance(0)
    component.unmount()
    await clock.advance(99)
    const other = mount(url)
    await clock.advance(grace)
    expect(other.socket).toBe(component.socket)
    expect([server.connections.length, statusOf(other)]).toEqual([1, 'open'])
    expect(server.log.map(({ type }) => type)).toEqual(['connect', 'accept'])
  })

  it.each<[string, string, string]>([
    ['relative and absolute', '/live', 'wss://app.test/live'],
    ['http and ws', 'https://app.test/live', 'wss://app.test/live'],
  ])('are those with %s URLs of the same place', (_, one, other) => {
    const { mount } = page()
    expect(mount(one).socket).toBe(mount(other).socket)
  })

  it('are those with the very same function, and not with another', () => {
    const { mount } = page()
    const [same, another] = [() => url, () => url]
    const component = mount(same)
    expect(mount(same).socket).toBe(component.socket)
    expect(mount(another).socket).not.toBe(component.socket)
  })

  it('B91 are not those with another identity', async () => {
    const { clock, server, mount } = page()
    const [ada, bob, nobody] = [mount(url, { identity: 'ada' }), mount(url, { identity: 'bob' }), mount(url)]
    expect(new Set([ada, bob, nobody].map(({ socket }) => socket)).size).toBe(3)
    expect(mount(url, { identity: 'ada' }).socket).toBe(ada.socket)
    await clock.advance(0)
    expect(server.connections.length).toBe(3)
  })

  it('are not those with another WebSocket class', async () => {
    const { clock, server, environment, mount } = page()
    const other = memoryServer({ clock })
    const component = mount(url, { environment: { ...environment, WebSocket: other.WebSocket } })
    expect(mount(url).socket).not.toBe(component.socket)
    await clock.advance(0)
    expect([server.connections.length, other.connections.length]).toEqual([1, 1])
  })
})

describe('a component whose URL changes', () => {
  it('B108 moves over at once, and what the old socket still says touches nothing', async () => {
    const { clock, server, mount, update } = page()
    const component = mount('wss://a.test/one')
    await clock.advance(0)
    const { socket } = component
    const messages = tape(socket, 'message')
    const waits = socket.send('for one', { key: 'k' })
    update(component, 'wss://a.test/two')
    expect(component.socket).not.toBe(socket)
    server.connections[0]?.send('late')
    await clock.advance(0)
    expect(server.connections.map(({ url, client }) => [url, client.readyState])).toEqual([
      ['wss://a.test/one', 3],
      ['wss://a.test/two', 1],
    ])
    expect([messages, waits.status, server.latest.received]).toEqual([[], 'sent', []])
  })

  it('B91 B108 sends nothing of what waited for the old one as the new one', async () => {
    const { clock, server, mount, update } = page({ mode: 'refuse' })
    const component = mount(url, { identity: 'ada' })
    await clock.advance(0)
    const receipt = component.socket.send('of ada')
    server.mode = 'accept'
    update(component, url, { identity: 'bob' })
    await clock.advance(20_000)
    expect(await outcome(receipt.sent)).toBe('CLEARED')
    expect(server.latest.received).toEqual([])
    expect([server.live, statusOf(component)]).toEqual([1, 'open'])
  })

  it('B108 leaves the old one to those who still have it', async () => {
    const { clock, server, mount, update } = page()
    const [stays, goes] = [mount('wss://a.test/one'), mount('wss://a.test/one')]
    const receipt = stays.socket.send('waits')
    update(goes, 'wss://a.test/two')
    await clock.advance(grace)
    expect(server.connections.map(({ url, client }) => [url, client.readyState])).toEqual([
      ['wss://a.test/one', 1],
      ['wss://a.test/two', 1],
    ])
    expect(receipt.status).toBe('sent')
  })

  it('B108 finds the way back: the newest URL has the one live transport', async () => {
    const { clock, server, mount, update } = page()
    const component = mount('wss://a.test/one')
    await clock.advance(0)
    for (const room of ['two', 'one', 'two', 'one']) update(component, `wss://a.test/${room}`)
    await clock.advance(grace)
    expect(server.live).toBe(1)
    const live = server.connections.filter(({ client }) => client.readyState === client.OPEN)
    expect([statusOf(component), live.map(({ url }) => url)]).toEqual(['open', ['wss://a.test/one']])
  })

  it('takes what waited for its first URL along', async () => {
    const { clock, server, mount, update } = page()
    const component = mount(null)
    const { socket } = component
    const receipt = socket.send('early')
    await clock.advance(60_000)
    expect([server.connections.length, receipt.status]).toEqual([0, 'queued'])
    update(component, url)
    expect(component.socket).toBe(socket)
    await clock.advance(0)
    expect(server.latest.received).toEqual(['early'])
    // From now on it is found by others.
    expect(mount(url).socket).toBe(socket)
  })

  it.each<[string, (string | undefined)[], string[]]>([
    ['takes along what was sent before anybody had signed in', [undefined], ['sent']],
    ['takes along what was sent by who then gets a URL', [undefined, 'ada'], ['sent', 'sent']],
    ['B91 leaves behind what was sent by another one', ['eve'], ['dropped']],
    [
      'B91 leaves behind what was sent by another one meanwhile',
      [undefined, 'eve', 'ada'],
      ['dropped', 'dropped', 'sent'],
    ],
  ])('%s, while it had none', async (_, senders, fates) => {
    const { clock, server, mount, update } = page()
    const component = mount(null, { identity: senders[0] })
    const receipts = senders.map((identity) => {
      update(component, null, { identity })
      return component.socket.send(`by ${identity}`)
    })
    update(component, url, { identity: 'ada' })
    await clock.advance(0)
    expect(receipts.map(({ status }) => status)).toEqual(fates)
    const sent = senders.filter((_, i) => fates[i] === 'sent').map((identity) => `by ${identity}`)
    expect(server.latest.received).toEqual(sent)
    expect([server.live, component.socket.send('now').status]).toEqual([1, 'sent'])
  })

  it('B91 keeps the identities apart also while it has no URL for a moment', async () => {
    const { clock, server, mount, update } = page()
    const component = mount(url, { identity: 'ann' })
    await clock.advance(0)
    update(component, null, { identity: 'bob' })
    const receipt = component.socket.send('from bob')
    update(component, url, { identity: 'ann' })
    await clock.advance(grace)
    expect(server.connections.flatMap(({ received }) => received)).toEqual([])
    expect(receipt.status).toBe('dropped')
  })

  it('exchanges URLs in one go without closing what somebody still wants', async () => {
    const { clock, server, mount, update } = page()
    const rooms = ['a', 'b', 'c'].map((room) => mount(`wss://${room}.test/`))
    await clock.advance(0)
    for (const [i, room] of ['z', 'a', 'b'].entries()) update(rooms[i] as never, `wss://${room}.test/`)
    mount('wss://c.test/')
    await clock.advance(grace)
    expect(server.connections.map(({ url }) => url)).toEqual(
      ['a', 'b', 'c', 'z'].map((room) => `wss://${room}.test/`),
    )
    expect(server.live).toBe(4)
  })

  it('is another socket where auth comes or goes: an anonymous connection serves nobody who signed in', async () => {
    const { clock, server, mount, update } = page()
    const auth = tokenAuth({ getToken: () => 't' })
    const component = mount(url)
    await clock.advance(0)
    update(component, url, { auth })
    await clock.advance(grace)
    expect(server.connections.map(({ url }) => url)).toEqual([url, `${url}?token=t`])
    expect(server.live).toBe(1)
    mount(url)
    await clock.advance(0)
    expect(server.live).toBe(2)
  })

  it('B91 connects nobody with the options of somebody else, who had no URL', async () => {
    const { clock, server, mount, update } = page()
    const component = mount(null, { identity: 'eve', protocols: ['eve'] })
    update(component, url, { identity: 'ada', protocols: ['ada'] })
    await clock.advance(0)
    expect(server.connections.map(({ protocols }) => protocols)).toEqual([['ada']])
  })

  it('goes over to the one that was made for its first URL meanwhile, and what waited is dropped', async () => {
    const { clock, server, mount, update } = page()
    const component = mount(null)
    const receipt = component.socket.send('early')
    const other = mount(url)
    update(component, url)
    expect(component.socket).toBe(other.socket)
    await clock.advance(0)
    expect([server.connections.length, await outcome(receipt.sent)]).toEqual([1, 'CLEARED'])
  })

  it('without a URL shares nothing, and without one for a while closes and keeps what waits', async () => {
    const { clock, server, mount, update } = page()
    const [component, other] = [mount(null), mount(null)]
    expect(component.socket).not.toBe(other.socket)
    update(component, url)
    await clock.advance(0)
    const { socket } = component
    update(component, null)
    await clock.advance(grace)
    expect(server.live).toBe(0)
    const receipt = socket.send('waits')
    await clock.advance(60_000)
    update(component, url)
    await clock.advance(0)
    expect([component.socket === socket, server.live, receipt.status]).toEqual([true, 1, 'sent'])
  })

  it('says that there is no URL yet to who connects all the same', async () => {
    const { clock, mount } = page()
    const component = mount(null)
    const errors = tape(component.socket, 'error')
    component.socket.connect()
    await clock.advance(0)
    expect(errors).toEqual([thrown('INVALID_OPTION', 'no URL yet')])
  })

  it('shows a URL that no WebSocket takes as state and error, not as a throw', async () => {
    const { clock, server, mount } = page()
    const component = mount('ftp://a.test/')
    const errors = tape(component.socket, 'error')
    await clock.advance(0)
    expect([statusOf(component), errors, server.connections.length]).toEqual([
      'waiting',
      [thrown('INVALID_OPTION', 'The URL')],
      0,
    ])
  })
})

describe('enabled: false', () => {
  it('B111 is not connected, and what is sent waits', async () => {
    const { clock, server, mount, update } = page()
    const component = mount(url, { enabled: false })
    const receipt = component.socket.send('waits')
    await clock.advance(60_000)
    expect([server.connections.length, receipt.status]).toEqual([0, 'queued'])
    update(component, url)
    await clock.advance(0)
    expect([server.live, receipt.status]).toEqual([1, 'sent'])
    update(component, url, { enabled: false })
    await clock.advance(grace)
    expect([server.live, statusOf(component)]).toEqual([0, 'closed'])
    update(component, url, { enabled: true })
    await clock.advance(0)
    expect([server.live, server.connections.length]).toEqual([1, 2])
  })

  it('closes nothing for others', async () => {
    const { clock, server, mount, update } = page()
    const [one, other] = [mount(url), mount(url)]
    await clock.advance(0)
    update(one, url, { enabled: false })
    await clock.advance(grace)
    expect([server.live, one.socket === other.socket]).toEqual([1, true])
    other.unmount()
    await clock.advance(grace)
    expect(server.live).toBe(0)
  })
})

describe('a socket of which nothing came', () => {
  it('B113 is dropped 30 s after the render, and found until then', async () => {
    const { clock, render } = page()
    const { socket } = render(url)
    await clock.advance(29_999)
    expect(render(url).socket).toBe(socket)
    await clock.advance(1)
    expect(statusOf({ socket })).toBe('closed')
    const { socket: next } = render(url)
    expect(next).not.toBe(socket)
  })

  it('B113 is not dropped once somebody holds it', async () => {
    const { clock, server, mount } = page()
    const component = mount(url)
    await clock.advance(10_000)
    expect(clock.timers).toBe(0)
    await clock.advance(10 * unheldLife)
    expect([server.connections.length, statusOf(component)]).toEqual([1, 'open'])
  })

  it('B113 connects for who waits for its opening before anything is mounted', async () => {
    const { clock, server, render, mount } = page()
    const { socket } = render(url)
    const opened = socket.opened()
    expect(socket.opened()).toBe(opened)
    await clock.advance(0)
    expect([await outcome(opened), server.live]).toEqual(['resolved', 1])
    mount(url)
    await clock.advance(10 * unheldLife)
    expect([server.connections.length, server.live]).toEqual([1, 1])
  })

  it('B113 waits with who asks again every 30 s, however long the server is away, and counts on', async () => {
    const { clock, server, render, mount } = page({ mode: 'refuse' })
    const { socket } = render(url)
    for (let n = 0; n < 10; n++) {
      const opened = socket.opened()
      expect(socket.opened()).toBe(opened)
      await clock.advance(29_999)
      expect(await outcome(opened)).toBe('pending')
      await clock.advance(1)
      expect([await outcome(opened), socket.state.get().status]).toEqual(['resolved', 'waiting'])
    }
    expect(socket.state.get()).toMatchObject({ attempt: server.connections.length })
    const opened = socket.opened()
    server.mode = 'accept'
    await clock.advance(15_000)
    expect(await outcome(opened)).toBe('resolved')
    expect(mount(url).socket).toBe(socket)
    await clock.advance(unheldLife)
    expect(server.live).toBe(1)
  })

  it('B113 leaves nothing where nobody asks again', async () => {
    const { clock, server, render } = page({ mode: 'ignore' })
    void render(url, { connectTimeout: 100_000 }).socket.opened()
    await clock.advance(30_999)
    expect(server.live).toBe(1)
    await clock.advance(1)
    expect([server.live, clock.timers]).toEqual([0, 0])
  })

  it('connects for who waits while it is held, but by nobody connected', async () => {
    const { clock, environment, server } = page()
    const given = { url, options: { environment } }
    const shared = shareSocket(given)
    const release = shared.hold(given, false)
    await clock.advance(unheldLife)
    expect(server.connections.length).toBe(0)
    const opened = shared.socket.opened()
    await clock.advance(0)
    expect([await outcome(opened), server.live]).toEqual(['resolved', 1])
    release()
    await clock.advance(grace)
    expect([server.live, clock.timers]).toEqual([0, 0])
  })

  it('B113 tries no more where the socket ended for good while somebody waits, and says so', async () => {
    const { clock, server, render } = page({ mode: 'refuse' })
    const { socket } = render(url, { retries: 0 })
    for (let n = 0; n < 10; n++) {
      const opened = socket.opened()
      await clock.advance(10)
      expect(await outcome(opened)).toBe('CLOSED')
    }
    expect(server.connections).toHaveLength(1)
    // Whoever asks a moment later gets another one.
    await clock.advance(1_000)
    expect(render(url).socket).not.toBe(socket)
  })

  it.each<[string, SocketUrl | null, SharedSocketOptions]>([
    ['enabled: false', url, { enabled: false }],
    ['no URL any more', null, {}],
  ])('B113 closes what somebody waited for who then gives %s', async (_, to, options) => {
    const { clock, server, render, mount, update } = page({ mode: 'ignore' })
    const component = render(url)
    void component.socket.opened()
    await clock.advance(0)
    server.latest.accept()
    if (to === null) {
      mount(url).unmount()
      update(component, to, options)
      component.mount()
    } else render(to, options)
    await clock.advance(grace)
    expect(server.live).toBe(0)
    void component.socket.opened()
    await clock.advance(grace)
    expect(server.live).toBe(0)
  })

  it('a page that was shown once stays, whatever becomes of its connection', async () => {
    const { clock, mount, update } = page()
    const component = mount(url)
    const opened = component.socket.opened()
    await clock.advance(0)
    expect(component.socket.opened()).toBe(opened)
    update(component, url, { enabled: false })
    await clock.advance(grace)
    expect(statusOf(component)).toBe('closed')
    expect(component.socket.opened()).toBe(opened)
  })

  it('B113 leaves no timer where one is mounted while others wait for the opening', async () => {
    const { clock, server, render, mount } = page({ mode: 'ignore' })
    const { socket } = render(url)
    const opened = [socket.opened(), socket.opened()]
    const component = mount(url)
    await clock.advance(0)
    server.latest.accept()
    await clock.advance(10_000)
    expect([await outcome(Promise.all(opened)), clock.timers]).toEqual(['resolved', 0])
    component.unmount()
    const { socket: next } = render('wss://b.test/')
    for (let n = 0; n < 2; n++) void next.opened()
    await clock.advance(0)
    server.latest.accept()
    await clock.advance(0)
    mount('wss://b.test/')
    await clock.advance(10_000)
    expect(clock.timers).toBe(0)
  })

  it('B113 leaves nothing where nothing is mounted after the opening', async () => {
    const { clock, server, render } = page()
    const { socket } = render(url)
    await clock.advance(20_000)
    const opened = [socket.opened(), socket.opened()]
    await clock.advance(29_999)
    expect([await outcome(Promise.all(opened)), server.live]).toEqual(['resolved', 1])
    await clock.advance(grace)
    expect([server.live, clock.timers]).toEqual([0, 0])
  })

  it('B113 leaves nothing where the waiting is given up, or ends with an error', async () => {
    const { clock, server, render } = page({ mode: 'ignore' })
    const controller = new AbortController()
    const aborted = render(url).socket.opened({ signal: controller.signal })
    const failed = render('wss://b.test/', { retries: 0 }).socket.opened()
    await clock.advance(0)
    controller.abort()
    server.latest.die()
    expect([await outcome(aborted), await outcome(failed)]).not.toContain('resolved')
    await clock.advance(unheldLife + grace)
    expect([server.live, clock.timers]).toEqual([0, 0])
  })

  it('B113 connects for who waits from the render on in which it is enabled', async () => {
    const { clock, server, render } = page()
    const opened = render(url, { enabled: false }).socket.opened()
    await clock.advance(0)
    expect(server.connections.length).toBe(0)
    expect(render(url, { enabled: true }).socket.opened()).toBe(opened)
    await clock.advance(0)
    expect([await outcome(opened), server.live]).toEqual(['resolved', 1])
  })

  it.each([
    ['enabled: false', url, { enabled: false }, {}],
    ['no URL', null, {}, {}],
    ['an aborted signal', url, {}, { signal: AbortSignal.abort() }],
  ])('does not connect for who waits with %s', async (_, url, options, how) => {
    const { clock, server, render } = page()
    render(url, options)
      .socket.opened(how)
      .catch(() => {})
    await clock.advance(0)
    expect(server.connections.length).toBe(0)
  })

  it('does not connect for who waits after the end of it', async () => {
    const { clock, server, render } = page()
    const { socket } = render(url)
    await clock.advance(unheldLife)
    expect(await outcome(socket.opened())).toBe('CLOSED')
    await clock.advance(0)
    expect(server.connections.length).toBe(0)
  })
})

describe('a socket that was dropped', () => {
  it('counts again where it is held again, as by a tree that was hidden for long', async () => {
    const { clock, server, mount } = page()
    const component = mount(url)
    await clock.advance(0)
    const { socket } = component
    component.unmount()
    await clock.advance(60_000)
    expect(statusOf(component)).toBe('closed')
    component.mount()
    await clock.advance(0)
    expect([component.socket === socket, server.live]).toEqual([true, 1])
    expect(mount(url).socket).toBe(socket)
    expect(socket.send('hi').status).toBe('sent')
  })

  it('B79 drops what waits in it, and what is sent to it later', async () => {
    const { clock, server, mount } = page({ mode: 'refuse' })
    const component = mount(url)
    const early = component.socket.send('early')
    component.unmount()
    const within = component.socket.send('within the grace')
    await clock.advance(99)
    expect([early.status, within.status]).toEqual(['queued', 'queued'])
    await clock.advance(1)
    const late = component.socket.send('late')
    for (const { sent } of [early, within, late]) expect(await outcome(sent)).toBe('CLEARED')
    server.mode = 'accept'
    component.mount()
    const again = component.socket.send('again')
    await clock.advance(0)
    expect([again.status, server.latest.received]).toEqual(['sent', ['again']])
  })

  it('gives way where another one was made meanwhile', async () => {
    const { clock, server, mount } = page()
    const component = mount(url)
    component.unmount()
    await clock.advance(60_000)
    const other = mount(url)
    component.mount()
    await clock.advance(grace)
    expect(component.socket).toBe(other.socket)
    expect(server.live).toBe(1)
  })
})

describe('what throws', () => {
  it('B113 leaves no socket behind where an option is wrong: once mended, it works', async () => {
    const { clock, server, render, mount } = page()
    expect(() => render(url, { retries: -1 }).socket).toThrow(thrown('INVALID_OPTION', 'retries'))
    expect(clock.timers).toBe(0)
    mount(url, { retries: 1 })
    await clock.advance(0)
    expect(server.live).toBe(1)
  })

  it('B113 leaves no socket behind where the environment is wrong', async () => {
    const { clock, server, environment, render, mount } = page()
    const wrong = { ...environment, random: 4 as never }
    expect(() => render(url, { environment: wrong }).socket).toThrow(thrown('INVALID_OPTION', 'random'))
    mount(url)
    await clock.advance(0)
    expect(server.live).toBe(1)
  })

  it('B113 B117 holds nothing where there is no WebSocket', async () => {
    const { clock, environment } = page()
    vi.stubGlobal('WebSocket', undefined)
    const given = { url, options: { environment: { ...environment, WebSocket: undefined } } }
    const shared = shareSocket(given)
    expect(() => shared.hold(given, true)).toThrow(thrown('NO_WEBSOCKET'))
    await clock.advance(grace)
    expect(clock.timers).toBe(0)
    expect(shareSocket(given)).not.toBe(shared)
  })

  it('holds once, and lets go once, however often the release is called', async () => {
    const { clock, server, environment } = page()
    const options = { environment }
    const [one, other]: [Given, Given] = [
      { url, options },
      { url, options },
    ]
    const shared = shareSocket(one)
    const release = shared.hold(one, true)
    const releaseOther = shared.hold(other, true)
    release()
    const releaseAgain = shared.hold(one, true)
    release()
    releaseOther()
    await clock.advance(grace)
    expect(server.live).toBe(1)
    expect(shareSocket(one)).toBe(shared)
    releaseAgain()
    await clock.advance(grace)
    expect([server.live, clock.timers]).toEqual([0, 0])
  })
})

describe('B109 on a server', () => {
  it('nothing is shared, nothing is due and nothing connects', async () => {
    const { clock, server, environment, render } = page()
    vi.stubGlobal('window', undefined)
    const given = { url, options: { environment } }
    const [one, other] = [shareSocket(given), shareSocket(given)]
    expect(one).not.toBe(other)
    const opened = one.socket.opened()
    await clock.advance(0)
    expect([clock.timers, server.connections.length, await outcome(opened)]).toEqual([0, 0, 'pending'])
    vi.stubGlobal('window', { location: { href: url } })
    expect(render(url).shared).not.toBe(one)
  })

  it('a relative URL is fine', () => {
    const { environment } = page()
    vi.stubGlobal('window', undefined)
    onTestFinished(() => void vi.unstubAllGlobals())
    const given = { url: '/live', options: { environment } }
    expect(statusOf(shareSocket(given))).toBe('idle')
  })
})
