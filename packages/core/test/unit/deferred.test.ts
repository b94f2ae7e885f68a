// Promises that somebody else settles, and that nobody must handle.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { deferred, orAborted, quiet } from '../../src/deferred'

/** Lets rejections that nobody handles be noticed. */
const settle = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)))

let unhandled: unknown[]
let others: NodeJS.UnhandledRejectionListener[]
const note = (reason: unknown) => void unhandled.push(reason)
beforeEach(() => {
  unhandled = []
  // The runner's own would fail the run and not the test.
  others = process.listeners('unhandledRejection')
  process.removeAllListeners('unhandledRejection')
  process.on('unhandledRejection', note)
})
afterEach(() => {
  process.off('unhandledRejection', note)
  for (const other of others) process.on('unhandledRejection', other)
})

describe('deferred', () => {
  it('settles as it is told, once', async () => {
    const resolved = deferred<number>()
    resolved.resolve(1)
    resolved.reject(new Error('late'))
    expect(await resolved.promise).toBe(1)
    const rejected = deferred()
    rejected.reject(new Error('no'))
    await expect(rejected.promise).rejects.toThrow('no')
  })

  it('B36 a rejection that nobody awaits is nobody’s duty', async () => {
    deferred().reject(new Error('no'))
    void quiet(Promise.reject(new Error('no')))
    await settle()
    expect(unhandled).toEqual([])
  })
})

describe('orAborted', () => {
  it('gives what the promise gives', async () => {
    expect(await orAborted(Promise.resolve(1), undefined)).toBe(1)
    expect(await orAborted(Promise.resolve(1), new AbortController().signal)).toBe(1)
  })

  it("rejects with the signal's reason when that comes first, or was there before", async () => {
    const abort = new AbortController()
    const waiting = orAborted(new Promise(() => {}), abort.signal)
    abort.abort(new Error('mine'))
    await expect(waiting).rejects.toThrow('mine')
    await expect(orAborted(Promise.resolve(1), abort.signal)).rejects.toThrow('mine')
  })

  it('B34 leaves nothing attached to the signal', async () => {
    const { signal } = new AbortController()
    let attached = 0
    const [add, remove] = [signal.addEventListener, signal.removeEventListener]
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      attached += 1
      add.apply(signal, args)
    }
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      attached -= 1
      remove.apply(signal, args)
    }
    await orAborted(Promise.resolve(), signal)
    await orAborted(Promise.reject(new Error('no')), signal).catch(() => {})
    expect(attached).toBe(0)
  })

  it('an abort that nobody awaits is no unhandled rejection', async () => {
    const abort = new AbortController()
    void orAborted(new Promise(() => {}), abort.signal)
    abort.abort(new Error('mine'))
    await settle()
    expect(unhandled).toEqual([])
  })
})
