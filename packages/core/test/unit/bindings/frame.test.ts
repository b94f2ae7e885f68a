// The pace of a page: once per frame, and at a calm pace where no frames are drawn.
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { atNextFrame } from '../../../src/bindings/frame'
import { drawnPage } from './support'

describe('atNextFrame', () => {
  it('B103 calls once per frame, however often it is asked to, and asks the page once', () => {
    const page = drawnPage()
    const fn = vi.fn()
    for (let n = 0; n < 2_000; n++) atNextFrame(fn)
    expect([page.asked, page.due]).toEqual([1, 2])
    expect(fn).not.toHaveBeenCalled()
    page.draw()
    expect(fn).toHaveBeenCalledOnce()
    expect(page.due).toBe(0)
  })

  it('calls all that were asked for in one frame, in the order in which they were', () => {
    const page = drawnPage()
    const told: string[] = []
    const note = (name: string) => () => void told.push(name)
    const [one, two, three] = [note('one'), note('two'), note('three')]
    for (const fn of [two, one, two, three, one]) atNextFrame(fn)
    page.draw()
    expect(told).toEqual(['two', 'one', 'three'])
    expect(page.asked).toBe(1)
  })

  it('calls in the next frame what is asked for while one is drawn', () => {
    const page = drawnPage()
    let calls = 0
    const again = () => {
      if (++calls < 3) atNextFrame(again)
    }
    atNextFrame(again)
    page.draw()
    expect(calls).toBe(1)
    page.draw()
    expect(calls).toBe(2)
    page.draw()
    page.draw()
    expect(calls).toBe(3)
  })

  it('calls every 50 ms in a hidden page, where no frames are drawn', () => {
    const page = drawnPage()
    page.document.visibilityState = 'hidden'
    const fn = vi.fn()
    atNextFrame(fn)
    vi.advanceTimersByTime(49)
    expect(fn).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(fn).toHaveBeenCalledOnce()
    expect(page.asked).toBe(0)
    // A steady stream: asked for every millisecond, for a second.
    for (let ms = 0; ms < 1_000; ms++) {
      atNextFrame(fn)
      vi.advanceTimersByTime(1)
    }
    expect(fn).toHaveBeenCalledTimes(21)
  })

  it('does not wait for ever for a frame where the page was hidden after it was asked for', () => {
    const page = drawnPage()
    const fn = vi.fn()
    atNextFrame(fn)
    page.document.visibilityState = 'hidden'
    vi.advanceTimersByTime(999)
    expect(fn).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(fn).toHaveBeenCalledOnce()
    expect(page.due).toBe(0)
    // The page is back, and draws.
    page.document.visibilityState = 'visible'
    page.draw()
    expect(fn).toHaveBeenCalledOnce()
    atNextFrame(fn)
    page.draw()
    expect(fn).toHaveBeenCalledTimes(2)
  })

  it('calls after 50 ms where there are no frames at all, as in Node', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const fn = vi.fn()
    atNextFrame(fn)
    atNextFrame(fn)
    expect(vi.getTimerCount()).toBe(1)
    vi.advanceTimersByTime(50)
    expect(fn).toHaveBeenCalledOnce()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('keeps to frames where there is no document, as in a worker that draws', () => {
    const page = drawnPage()
    vi.stubGlobal('document', undefined)
    const fn = vi.fn()
    atNextFrame(fn)
    expect(page.asked).toBe(1)
    page.draw()
    expect(fn).toHaveBeenCalledOnce()
  })

  it('works where frames come at once, as tests of apps have them', () => {
    drawnPage()
    vi.stubGlobal('requestAnimationFrame', (run: () => void) => {
      run()
      return 0
    })
    const fn = vi.fn()
    atNextFrame(fn)
    atNextFrame(fn)
    expect(fn).toHaveBeenCalledTimes(2)
  })

  it('goes on where fake timers were put away with a frame due in them', () => {
    drawnPage()
    const [lost, fn] = [vi.fn(), vi.fn()]
    atNextFrame(lost)
    vi.useRealTimers()
    vi.stubGlobal('requestAnimationFrame', undefined)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    atNextFrame(fn)
    vi.advanceTimersByTime(50)
    expect(fn).toHaveBeenCalledOnce()
  })

  it.each([
    ['to reportError', true],
    ['to the console where there is none', false],
  ])('reports what one throws %s, and calls the others', (_, hasReportError) => {
    const page = drawnPage()
    const report = vi.fn()
    vi.stubGlobal('reportError', hasReportError ? report : undefined)
    if (!hasReportError) vi.spyOn(console, 'error').mockImplementation(report)
    onTestFinished(() => void vi.restoreAllMocks())
    const error = new Error('mine')
    const [before, after] = [vi.fn(), vi.fn()]
    atNextFrame(before)
    atNextFrame(() => {
      throw error
    })
    atNextFrame(after)
    page.draw()
    expect([before, after].map(({ mock }) => mock.calls.length)).toEqual([1, 1])
    expect(report.mock.calls).toEqual([[error]])
    atNextFrame(after)
    page.draw()
    expect(after).toHaveBeenCalledTimes(2)
  })
})
