// Many tabs over the same rows, with locks and channels that a test controls: who leads, and what the others hear of it.
import { describe, expect, it } from 'vitest'
import { Browser, type Tab } from './browser'
import { message, Sender } from './support'

function open(browser: Browser, options: ConstructorParameters<typeof Sender>[1] = {}) {
  const tab = browser.tab()
  return { tab, sender: senderOf(tab, options) }
}

const senderOf = (tab: Tab, options: ConstructorParameters<typeof Sender>[1] = {}) =>
  new Sender(tab.store(), { ...options, clock: tab.clock as never })

/** Tabs that were opened one after the other: the first one leads. */
async function tabs(count: number) {
  const browser = new Browser()
  const opened = []
  for (let n = 0; n < count; n += 1) {
    opened.push(open(browser))
    await browser.clock.advance(0)
  }
  expect(opened.map(({ sender }) => sender.log.splice(0))).toEqual([['lead'], ...Array(count - 1).fill([])])
  return { browser, clock: browser.clock, opened, a: opened[0] as Opened, b: opened[1] as Opened }
}
type Opened = ReturnType<typeof open>

describe('B88 one of many tabs sends', () => {
  it('rows of a follower are handed to the leader, and what became of them is told', async () => {
    const { clock, a, b, browser } = await tabs(3)
    b.sender.put('x', 'y')
    await clock.advance(0)
    expect(b.sender.log).toEqual(['stored x y'])
    expect(a.sender.log).toEqual(['rows x y'])
    expect(a.sender.led).toEqual([message('x'), message('y')])
    a.sender.run.remove('x', 'sent')
    a.sender.run.remove('y', 'dropped')
    await clock.advance(0)
    expect(b.sender.log).toEqual(['stored x y', 'sent x', 'dropped y'])
    expect(browser.disk.size).toBe(0)
  })

  it('what a follower takes back is taken from the leader', async () => {
    const { clock, a, b } = await tabs(2)
    b.sender.put('x')
    await clock.advance(0)
    b.sender.run.remove('x', 'dropped')
    await clock.advance(0)
    expect(a.sender.log).toEqual(['rows x', 'dropped x'])
    expect(b.sender.log).toEqual(['stored x'])
  })

  it('what one clears is gone for all', async () => {
    const { clock, a, b, opened } = await tabs(3)
    a.sender.put('x')
    b.sender.put('y')
    // All look at what is there, and doubt what they see, before they hear of it.
    await clock.advance(30_000)
    opened[2]?.sender.run.clear()
    await clock.advance(0)
    expect(a.sender.log).toEqual(['stored x', 'rows y', 'dropped x y'])
    expect(b.sender.log).toEqual(['stored y', 'dropped y'])
  })

  it.each<[string, (tab: Tab, sender: Sender) => void]>([
    ['stops', (_tab, sender) => sender.run.stop()],
    ['crashes', (tab) => tab.crash()],
    ['can send no more', (_tab, sender) => sender.run.stand(false)],
    ['goes into the back/forward cache', (tab) => tab.signal('leave')],
    ['freezes', (tab) => tab.signal('freeze')],
  ])('another one leads when the leader %s', async (_what, end) => {
    const { clock, a, b } = await tabs(2)
    a.sender.put('x')
    await clock.advance(0)
    end(a.tab, a.sender)
    await clock.advance(0)
    expect(b.sender.log).toEqual(['lead x'])
    expect(a.sender.leads && a.tab.life === 'running' && !a.sender.log.includes('follow')).toBe(
      _what === 'stops',
    )
  })

  it('a leader follows before it lets the lock go, and writes what it has gathered', async () => {
    const { clock, a, b } = await tabs(2)
    a.sender.put('x')
    await clock.advance(0)
    a.sender.run.remove('x', 'sent')
    a.tab.signal('freeze')
    expect(a.sender.log).toEqual(['stored x', 'follow'])
    await clock.advance(0)
    expect(b.sender.log).toEqual(['lead'])
  })

  it('a page that comes back hears what it missed, and stands again', async () => {
    const { clock, a, b } = await tabs(2)
    a.sender.put('x', 'y')
    await clock.advance(0)
    a.tab.signal('leave')
    await clock.advance(0)
    b.sender.run.remove('x', 'sent')
    await clock.advance(0)
    a.tab.signal('return')
    await clock.advance(0)
    expect(a.sender.log).toEqual(['stored x y', 'follow', 'sent x'])
    b.sender.run.stop()
    await clock.advance(0)
    expect(a.sender.log.at(-1)).toBe('lead y')
  })

  it('a page that is seen again looks for what it missed', async () => {
    const { clock, a, browser } = await tabs(2)
    browser.disk.set('z', { version: 1, ...message('z') })
    a.tab.signal('visible')
    await clock.advance(0)
    expect(a.sender.log).toEqual(['rows z'])
  })

  it('only one that can send is elected', async () => {
    const browser = new Browser()
    const a = open(browser, { stands: false })
    const b = open(browser)
    a.sender.put('x')
    await browser.clock.advance(600_000)
    expect(a.sender.log).toEqual(['stored x'])
    expect(b.sender.led).toEqual([message('x')])
  })

  it('identities and names have leaders of their own', async () => {
    const browser = new Browser()
    const senders = [undefined, 'ann', 'ben'].map((identity) =>
      open(browser, identity === undefined ? {} : { identity }),
    )
    const other = new Sender(browser.tab().store('other'), { clock: browser.clock })
    await browser.clock.advance(0)
    expect([...senders.map(({ sender }) => sender.leads), other.leads]).toEqual([true, true, true, true])
  })

  it('two sockets of one page are two tabs', async () => {
    const browser = new Browser()
    const tab = browser.tab()
    const senders = [senderOf(tab), senderOf(tab)]
    await browser.clock.advance(0)
    expect(senders.map(({ leads }) => leads)).toEqual([true, false])
    senders[1]?.put('x')
    await browser.clock.advance(0)
    expect(senders[0]?.log).toEqual(['lead', 'rows x'])
  })

  it('nothing stays attached once they have stopped', async () => {
    const { clock, opened } = await tabs(3)
    for (const { sender } of opened) sender.run.stop()
    await clock.advance(0)
    expect(opened.map(({ tab }) => tab.attached)).toEqual([0, 0, 0])
    expect(clock.timers).toBe(0)
  })
})

describe('B88 a leader that stands still', () => {
  it('is robbed after some minutes, stops sending when it wakes, and hears what it missed', async () => {
    const { clock, a, b, browser } = await tabs(2)
    a.sender.put('x', 'y')
    await clock.advance(0)
    a.tab.life = 'stuck'
    await clock.advance(100_000)
    expect(b.sender.log).toEqual([])
    await clock.advance(300_000)
    expect(b.sender.log).toEqual(['lead x y'])
    b.sender.run.remove('x', 'sent')
    await clock.advance(0)
    // What it does late, before it knows, cannot bring a row back.
    a.sender.run.put(message('x', { wasSent: true }))
    a.tab.wake()
    await clock.advance(0)
    expect(a.sender.log.slice(1)).toContain('follow')
    expect([a.sender.leads, b.sender.leads]).toEqual([false, true])
    expect([...browser.disk.keys()]).toEqual(['y'])
  })

  it('stands again where it was robbed before it knew that it had won', async () => {
    const { clock, a, b, opened } = await tabs(3)
    b.tab.life = 'stuck'
    a.tab.crash()
    await clock.advance(400_000)
    expect(opened[2]?.sender.log).toEqual(['lead'])
    b.tab.wake()
    await clock.advance(0)
    expect(b.sender.log).toEqual([])
    opened[2]?.tab.crash()
    await clock.advance(0)
    expect(b.sender.log).toEqual(['lead'])
  })

  it('of itself lets another one lead when its timer comes much too late', async () => {
    const { clock, a, b } = await tabs(2)
    a.tab.life = 'stuck'
    // No follower is there to rob it as long as both stand still.
    b.tab.life = 'stuck'
    await clock.advance(400_000)
    b.tab.wake()
    expect(b.sender.log).toEqual([])
    a.tab.wake()
    await clock.advance(0)
    expect(a.sender.log).toEqual(['follow'])
    expect(b.sender.log).toEqual(['lead'])
  })

  it('is left alone as long as it is heard of, though hidden pages have timers once a minute', async () => {
    const { clock, a, b } = await tabs(2)
    for (let minute = 0; minute < 60; minute += 1) {
      a.tab.life = 'stuck'
      await clock.advance(60_000)
      a.tab.wake()
      await clock.advance(0)
    }
    expect(a.sender.leads).toBe(true)
    expect([a.sender.log, b.sender.log]).toEqual([[], []])
  })
})

describe('B88 news that nobody heard', () => {
  it('of rows: the leader finds them, though their page went away in the middle of the write', async () => {
    const { clock, a, b, browser } = await tabs(2)
    b.sender.put('x')
    b.tab.signal('leave')
    await clock.advance(0)
    expect([...browser.disk.keys()]).toEqual(['x'])
    expect(a.sender.log).toEqual([])
    await clock.advance(30_000)
    expect(a.sender.log).toEqual(['rows x'])
  })

  it('of rows: the leader has them at once, though their page stands still before it knows of the write', async () => {
    const { clock, a, b, browser } = await tabs(2)
    b.sender.put('x')
    while (!browser.disk.has('x')) {
      clock.runTurns()
      await undefined
    }
    b.tab.life = 'stuck'
    await clock.advance(0)
    expect(a.sender.log).toEqual(['rows x'])
    b.tab.wake()
    await clock.advance(0)
    expect([a.sender.log, b.sender.log]).toEqual([['rows x'], ['stored x']])
  })

  it('of rows of a page that was away: it tells them when it returns, before those of newer ones', async () => {
    const { clock, a, b } = await tabs(2)
    b.sender.put('x')
    b.tab.signal('leave')
    await clock.advance(0)
    b.tab.signal('return')
    b.sender.put('y')
    await clock.advance(0)
    expect(a.sender.log).toEqual(['rows x', 'rows y'])
  })

  it('of what became of rows: a follower learns it, though their leader crashed in the middle of the write', async () => {
    const { clock, a, b, browser, opened } = await tabs(3)
    const { sender } = opened[2] as Opened
    sender.put('x', 'y')
    await clock.advance(0)
    a.sender.run.remove('x', 'sent')
    while (browser.disk.has('x')) {
      clock.runTurns()
      await undefined
    }
    a.tab.crash()
    await clock.advance(0)
    expect(b.sender.log).toEqual(['lead y'])
    expect(sender.log).toEqual(['stored x y'])
    await clock.advance(60_000)
    expect(sender.log).toEqual(['stored x y', 'sent x'])
  })

  it('are not taken for lost while they may be under way: what was dropped is not said to be sent', async () => {
    const { clock, a, b } = await tabs(2)
    b.sender.put('x', 'y')
    await clock.advance(0)
    a.sender.run.remove('x', 'dropped')
    // Its page is busy: the news come late.
    clock.runTurns()
    await undefined
    clock.runTurns()
    a.tab.life = 'stuck'
    b.tab.signal('visible')
    await clock.advance(10_000)
    expect(b.sender.log).toEqual(['stored x y'])
    a.tab.wake()
    await clock.advance(0)
    expect(b.sender.log).toEqual(['stored x y', 'dropped x'])
  })

  it('is not looked for by one that waits for nothing, nor where nobody leads', async () => {
    const { clock, a, b, browser } = await tabs(2)
    const tabsThatRead: Tab[] = []
    browser.onLoad = (tab) => tabsThatRead.push(tab)
    await clock.advance(100_000)
    expect(new Set(tabsThatRead)).toEqual(new Set([a.tab]))
    b.sender.put('x')
    for (const { sender } of [a, b]) sender.run.stand(false)
    await clock.advance(30_000)
    tabsThatRead.length = 0
    await clock.advance(100_000)
    expect(tabsThatRead).toEqual([])
  })
})

describe('B89 a store that fails one of many tabs', () => {
  it('a follower that cannot write is let lead, and sends from memory', async () => {
    const { clock, a, b } = await tabs(2)
    b.tab.writes = 'fail'
    b.sender.put('x')
    await clock.advance(0)
    expect(a.sender.log).toEqual(['follow'])
    expect(b.sender.log).toEqual(['error', 'lead'])
  })

  it('where there is no lock to be had, each sends from memory', async () => {
    const browser = new Browser()
    const tab = browser.tab()
    tab.request = () => Promise.reject(new DOMException('No.', 'SecurityError'))
    const sender = senderOf(tab)
    await browser.clock.advance(0)
    expect(sender.log).toEqual(['error', 'lead'])
    expect(tab.attached).toBe(0)
  })
})

it('what another release says on the channel does no harm', async () => {
  const { clock, a, b, browser } = await tabs(2)
  b.sender.put('x')
  await clock.advance(0)
  const [channel] = browser.channels
  const Channel = channel?.constructor as new (name: string) => BroadcastChannel
  const stranger = new Channel(channel?.name as string)
  for (const news of [
    null,
    7,
    'text',
    {},
    { added: 'x' },
    { sent: { x: 1 } },
    { dropped: [null] },
    { added: ['?'] },
  ])
    stranger.postMessage(news)
  await clock.advance(0)
  expect([a.sender.log, b.sender.log]).toEqual([['rows x'], ['stored x']])
})
