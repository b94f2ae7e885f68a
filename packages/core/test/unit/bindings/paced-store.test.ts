// A store for what changes faster than it can be shown.
import { describe, expect, it, vi } from 'vitest'
import { pacedStore } from '../../../src/bindings/paced-store'
import { drawnPage } from './support'

function setUp() {
  const page = drawnPage()
  let value = 0
  let tell = () => {}
  const source = { reads: 0, attached: 0 }
  const store = pacedStore(
    (changed) => {
      source.attached++
      tell = changed
      return () => {
        source.attached--
      }
    },
    () => {
      source.reads++
      return value
    },
  )
  const set = (next: number) => {
    value = next
    tell()
  }
  return { page, source, store, set }
}

describe('pacedStore', () => {
  it('B103 reads and tells once per frame, and keeps to what it told in between', () => {
    const { page, source, store, set } = setUp()
    const listener = vi.fn()
    store.subscribe(listener)
    const before = source.reads
    for (let n = 1; n <= 2_000; n++) set(n)
    expect([store.get(), listener.mock.calls.length]).toEqual([0, 0])
    page.draw()
    expect([store.get(), listener.mock.calls.length, source.reads - before]).toEqual([2_000, 1, 1])
    page.draw()
    expect(listener).toHaveBeenCalledOnce()
  })

  it('shows each listener the same value in one frame', () => {
    const { page, store, set } = setUp()
    const seen: number[] = []
    store.subscribe(() => {
      seen.push(store.get())
      if (store.get() < 2) set(store.get() + 1)
    })
    store.subscribe(() => seen.push(store.get()))
    set(1)
    page.draw()
    expect(seen).toEqual([1, 1])
    page.draw()
    expect(seen).toEqual([1, 1, 2, 2])
  })

  it.each([[[0, 1, 2]], [[2, 1, 0]], [[1, 2, 0]]])(
    'listens to its source from the first listener to the last, removed in the order %j',
    (order) => {
      const { source, store } = setUp()
      expect(source.attached).toBe(0)
      const offs = [0, 1, 2].map(() => store.subscribe(() => {}))
      expect(source.attached).toBe(1)
      for (const n of order) {
        expect(source.attached).toBe(1)
        offs[n]?.()
        // Twice is as once.
        offs[n]?.()
      }
      expect(source.attached).toBe(0)
      store.subscribe(() => {})()
      expect(source.attached).toBe(0)
    },
  )

  it('calls a function that was given twice twice, and each removal takes one away', () => {
    const { page, store, set } = setUp()
    const listener = vi.fn()
    const [first, second] = [store.subscribe(listener), store.subscribe(listener)]
    set(1)
    page.draw()
    expect(listener).toHaveBeenCalledTimes(2)
    first()
    first()
    set(2)
    page.draw()
    expect(listener).toHaveBeenCalledTimes(3)
    second()
  })

  it('does not call a listener that was removed while others are told', () => {
    const { page, store, set } = setUp()
    const removed = vi.fn()
    store.subscribe(() => off())
    const off = store.subscribe(removed)
    const last = vi.fn()
    store.subscribe(last)
    set(1)
    page.draw()
    expect([removed, last].map(({ mock }) => mock.calls.length)).toEqual([0, 1])
  })

  it('does not call a listener yet that was added while others are told', () => {
    const { page, store, set } = setUp()
    const added = vi.fn()
    const off = store.subscribe(() => {
      off()
      store.subscribe(added)
    })
    set(1)
    page.draw()
    expect(added).not.toHaveBeenCalled()
    expect(store.get()).toBe(1)
    set(2)
    page.draw()
    expect(added).toHaveBeenCalledOnce()
  })

  it('has what changed while nobody listened, as soon as somebody does', () => {
    const { page, store, set } = setUp()
    store.subscribe(() => {})()
    set(7)
    expect(store.get()).toBe(0)
    const listener = vi.fn()
    store.subscribe(listener)
    expect(store.get()).toBe(7)
    page.draw()
    expect(store.get()).toBe(7)
  })

  it('tells nobody, and reads nothing, where the last one left before the frame', () => {
    const { page, source, store, set } = setUp()
    const listener = vi.fn()
    const off = store.subscribe(listener)
    set(1)
    off()
    const before = source.reads
    page.draw()
    expect([listener.mock.calls.length, source.reads]).toEqual([0, before])
  })

  it('tells the others where one throws, and reports it', () => {
    const { page, store, set } = setUp()
    const report = vi.fn()
    vi.stubGlobal('reportError', report)
    const error = new Error('mine')
    store.subscribe(() => {
      throw error
    })
    const second = vi.fn()
    store.subscribe(second)
    set(1)
    page.draw()
    expect(second).toHaveBeenCalledOnce()
    expect(report.mock.calls).toEqual([[error]])
  })
})
