// Messages for showing: bounded, never changed, the same array until another message came.
import { describe, expect, it, vi } from 'vitest'
import { lastMessage, type MessageLogOptions, messageLog } from '../../../src/bindings'
import { openRig, tape } from '../socket/support'
import { thrown } from '../support'
import { drawnPage } from './support'

async function setUp(options: MessageLogOptions<any> = {}) {
  const page = drawnPage()
  const { clock, server, socket } = await openRig()
  const newest = { current: options }
  const log = messageLog<any>(socket, () => newest.current)
  const come = async (...messages: string[]) => {
    for (const message of messages) server.latest.send(message)
    await clock.advance(0)
  }
  return { page, socket, newest, log, come }
}

const numbered = (count: number, from = 0) => Array.from({ length: count }, (_, n) => `${from + n}`)

describe('messageLog', () => {
  it('B103 shows what came, oldest first, once per frame', async () => {
    const { page, log, come } = await setUp()
    const listener = vi.fn()
    log.subscribe(listener)
    await come('a', 'b', 'c')
    expect([log.get(), listener.mock.calls.length]).toEqual([[], 0])
    page.draw()
    expect([log.get(), listener.mock.calls.length]).toEqual([['a', 'b', 'c'], 1])
  })

  it('B104 shows the same message twice where it came twice', async () => {
    const { page, log, come } = await setUp()
    log.subscribe(() => {})
    await come('same', 'same')
    page.draw()
    await come('same')
    page.draw()
    expect(log.get()).toEqual(['same', 'same', 'same'])
  })

  it('gives the same array until another message came, and never changes one', async () => {
    const { page, log, come } = await setUp({ limit: 2, filter: (message) => message !== 'no' })
    const off = log.subscribe(() => {})
    await come('a')
    page.draw()
    const first = log.get()
    await come('no')
    page.draw()
    expect(log.get()).toBe(first)
    off()
    log.subscribe(() => {})
    expect(log.get()).toBe(first)
    await come(...numbered(20))
    page.draw()
    expect([first, log.get()]).toEqual([['a'], ['18', '19']])
  })

  it.each([1, 2, 7, 100, 1.5])('keeps the last %d', async (limit) => {
    const { page, log, come } = await setUp({ limit })
    log.subscribe(() => {})
    const all = numbered(250)
    for (let n = 0; n < all.length; n += 25) {
      await come(...all.slice(n, n + 25))
      page.draw()
      expect(log.get()).toEqual(all.slice(0, n + 25).slice(-limit))
    }
  })

  it.each([
    ['100 where nothing is said', undefined, 100],
    ['all of them with Infinity', Infinity, 300],
  ])('keeps %s', async (_, limit, kept) => {
    const { page, log, come } = await setUp({ limit })
    log.subscribe(() => {})
    await come(...numbered(300))
    page.draw()
    expect(log.get()).toEqual(numbered(300).slice(-kept))
  })

  it('does not hold what it will not show: a higher limit brings back less than it showed', async () => {
    const { page, newest, log, come } = await setUp({ limit: 5 })
    log.subscribe(() => {})
    await come(...numbered(250))
    newest.current = { limit: Infinity }
    await come('250')
    page.draw()
    expect(log.get().length).toBeLessThanOrEqual(10)
    expect(log.get().slice(-6)).toEqual(numbered(6, 245))
  })

  it.each([0, -1, 0.5, Number.NaN, '5' as never])('takes no limit of %s', async (limit) => {
    await expect(setUp({ limit })).rejects.toThrow(thrown('INVALID_OPTION', 'useMessages: limit'))
  })

  it.each([0, -1, Number.NaN])('tells of a limit that becomes %s, and stays bounded', async (limit) => {
    const { page, socket, newest, log, come } = await setUp({ limit: 3 })
    const errors = tape(socket, 'error')
    log.subscribe(() => {})
    await come(...numbered(5))
    newest.current = { limit }
    page.draw()
    expect(log.get()).toEqual(['2', '3', '4'])
    await come(...numbered(50))
    page.draw()
    expect(log.get()).toEqual(['2', '3', '4'])
    expect(errors).toHaveLength(50)
    expect(errors[0]).toEqual(thrown('INVALID_OPTION', 'useMessages: limit'))
    newest.current = { limit: 2 }
    await come('last')
    page.draw()
    expect(log.get()).toEqual(['4', 'last'])
  })

  it('B112 asks the newest filter and limit at each message', async () => {
    const { page, newest, log, come } = await setUp({ filter: () => false })
    log.subscribe(() => {})
    await come('a')
    newest.current = { filter: (message) => message !== 'c', limit: 2 }
    await come('b', 'c', 'd', 'e')
    page.draw()
    expect(log.get()).toEqual(['d', 'e'])
    newest.current = { limit: 3 }
    await come('f')
    page.draw()
    expect(log.get().slice(-3)).toEqual(['d', 'e', 'f'])
  })

  it('tells of a filter that throws as an error event with LISTENER, and goes on', async () => {
    const { page, socket, log, come } = await setUp({
      filter: (message) => {
        if (message === 'bad') throw new Error('mine')
        return true
      },
    })
    const errors = tape(socket, 'error')
    log.subscribe(() => {})
    await come('a', 'bad', 'b')
    page.draw()
    expect(log.get()).toEqual(['a', 'b'])
    expect(errors).toEqual([thrown('LISTENER')])
    expect(errors[0]?.cause).toMatchObject({ message: 'mine' })
  })

  it('hears nothing while nobody listens, and keeps what it has', async () => {
    const { page, socket, log, come } = await setUp()
    const on = vi.spyOn(socket, 'on')
    expect(on).not.toHaveBeenCalled()
    const off = log.subscribe(() => {})
    await come('a')
    off()
    await come('missed')
    expect(log.get()).toEqual([])
    log.subscribe(() => {})
    expect(log.get()).toEqual(['a'])
    await come('b')
    page.draw()
    expect(log.get()).toEqual(['a', 'b'])
  })
})

describe('lastMessage', () => {
  const last = async (filter?: (message: any) => boolean) => {
    const { page, socket, come } = await setUp()
    const newest = { current: filter }
    return { page, socket, come, newest, store: lastMessage<any>(socket, () => newest.current) }
  }

  it('B103 is the last one that came, once per frame', async () => {
    const { page, come, store } = await last()
    const listener = vi.fn()
    store.subscribe(listener)
    expect(store.get()).toBeUndefined()
    await come(...numbered(2_000))
    expect(store.get()).toBeUndefined()
    page.draw()
    expect([store.get(), listener.mock.calls.length]).toEqual(['1999', 1])
  })

  it('B104 tells again where the same one came again', async () => {
    const { page, come, store } = await last()
    const listener = vi.fn()
    store.subscribe(listener)
    await come('same')
    page.draw()
    await come('same')
    page.draw()
    expect(listener).toHaveBeenCalledTimes(2)
  })

  it('B112 asks the newest filter, of which a throw is an error event with LISTENER', async () => {
    const { page, socket, come, newest, store } = await last((message) => message === 'a')
    const errors = tape(socket, 'error')
    const listener = vi.fn()
    store.subscribe(listener)
    await come('a', 'b')
    page.draw()
    await come('b')
    page.draw()
    expect([store.get(), listener.mock.calls.length]).toEqual(['a', 1])
    newest.current = () => {
      throw new Error('mine')
    }
    await come('c')
    newest.current = undefined
    page.draw()
    expect([store.get(), errors]).toEqual(['a', [thrown('LISTENER')]])
    await come('d')
    page.draw()
    expect(store.get()).toBe('d')
  })
})
