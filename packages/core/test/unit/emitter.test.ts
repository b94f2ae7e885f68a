// The rules of events: who is called, in which order, and what becomes of a throw.
import { describe, expect, it } from 'vitest'
import { Emitter } from '../../src/emitter'
import { createStore } from '../../src/store'

interface Events {
  a: number
  b: string
}

function setUp() {
  const thrown: unknown[] = []
  const emitter = new Emitter<Events>((error, event) => thrown.push([event, (error as Error).message]))
  const seen: string[] = []
  /** A listener that notes its name, then does something. */
  const note = (name: string, then?: () => void) => (payload: unknown) => {
    seen.push(`${name}${payload}`)
    then?.()
  }
  return { emitter, thrown, seen, note }
}

describe('the emitter', () => {
  it('calls the listeners of that event alone, in the order in which they were added', () => {
    const { emitter, seen, note } = setUp()
    emitter.on('a', note('first'))
    emitter.on('b', note('other'))
    emitter.on('a', note('second'))
    emitter.emit('a', 1)
    expect(seen).toEqual(['first1', 'second1'])
  })

  it('does nothing where nobody ever listened', () => {
    const { emitter } = setUp()
    expect(() => emitter.emit('a', 1)).not.toThrow()
    expect(emitter.has('a')).toBe(false)
  })

  it('knows whether anybody listens', () => {
    const { emitter, note } = setUp()
    const off = emitter.on('a', note('x'))
    expect([emitter.has('a'), emitter.has('b')]).toEqual([true, false])
    off()
    expect(emitter.has('a')).toBe(false)
  })

  it('B30 skips none when a listener removes itself', () => {
    const { emitter, seen, note } = setUp()
    const off = emitter.on(
      'a',
      note('once', () => off()),
    )
    emitter.on('a', note('second'))
    emitter.on('a', note('third'))
    emitter.emit('a', 1)
    emitter.emit('a', 2)
    expect(seen).toEqual(['once1', 'second1', 'third1', 'second2', 'third2'])
  })

  it('B30 skips none when a listener removes an earlier one', () => {
    const { emitter, seen, note } = setUp()
    const off = emitter.on('a', note('first'))
    emitter.on(
      'a',
      note('second', () => off()),
    )
    emitter.on('a', note('third'))
    emitter.emit('a', 1)
    expect(seen).toEqual(['first1', 'second1', 'third1'])
  })

  it('B30 B131 does not call a later listener that was removed meanwhile', () => {
    const { emitter, seen, note } = setUp()
    emitter.on(
      'a',
      note('first', () => off()),
    )
    const off = emitter.on('a', note('removed'))
    emitter.on('a', note('third'))
    emitter.emit('a', 1)
    expect(seen).toEqual(['first1', 'third1'])
  })

  it('B30 does not call a listener yet that was added meanwhile', () => {
    const { emitter, seen, note } = setUp()
    let added = false
    emitter.on(
      'a',
      note('first', () => {
        if (added) return
        added = true
        emitter.on('a', note('late'))
      }),
    )
    emitter.on('a', note('second'))
    emitter.emit('a', 1)
    expect(seen).toEqual(['first1', 'second1'])
    emitter.emit('a', 2)
    expect(seen.slice(2)).toEqual(['first2', 'second2', 'late2'])
  })

  it('B30 does not call one yet that was removed and added again meanwhile', () => {
    const { emitter, seen, note } = setUp()
    const again = note('again')
    emitter.on(
      'a',
      note('first', () => {
        off()
        emitter.on('a', again)
      }),
    )
    const off = emitter.on('a', again)
    emitter.emit('a', 1)
    expect(seen).toEqual(['first1'])
  })

  it('B131 calls a function that was added twice twice, and each removal takes one of them away', () => {
    const { emitter, seen, note } = setUp()
    const same = note('same')
    const [first, second] = [emitter.on('a', same), emitter.on('a', same)]
    emitter.emit('a', 1)
    expect(seen).toEqual(['same1', 'same1'])
    first()
    first()
    emitter.emit('a', 2)
    expect(seen.slice(2)).toEqual(['same2'])
    second()
    emitter.emit('a', 3)
    expect(seen.slice(3)).toEqual([])
  })

  it('B30 emits from within an emit are whole, each with the listeners of its moment', () => {
    const { emitter, seen, note } = setUp()
    let inner = false
    emitter.on(
      'a',
      note('first', () => {
        if (inner) return
        inner = true
        emitter.emit('a', 2)
      }),
    )
    emitter.on('a', note('second'))
    emitter.emit('a', 1)
    expect(seen).toEqual(['first1', 'first2', 'second2', 'second1'])
  })

  it('B31 B131 a throw reaches onThrow, once, with its event, and no other listener', () => {
    const { emitter, seen, thrown, note } = setUp()
    emitter.on('a', () => {
      throw new Error('mine')
    })
    emitter.on('a', note('second'))
    emitter.emit('a', 1)
    expect(seen).toEqual(['second1'])
    expect(thrown).toEqual([['a', 'mine']])
  })

  it('B31 a listener that is async and rejects is reported the same', async () => {
    const { emitter, seen, thrown, note } = setUp()
    emitter.on('b', async () => {
      await undefined
      throw new Error('later')
    })
    emitter.on('b', note('second'))
    emitter.emit('b', '!')
    expect(seen).toEqual(['second!'])
    await new Promise((resolve) => setImmediate(resolve))
    expect(thrown).toEqual([['b', 'later']])
  })

  it('B34 keeps nothing of what was removed', () => {
    const { emitter, note } = setUp()
    for (let n = 0; n < 1_000; n++) emitter.on('a', note('x'))()
    expect(emitter.has('a')).toBe(false)
  })

  it('keeps the listeners of two emitters apart', () => {
    const [one, two] = [setUp(), setUp()]
    one.emitter.on('a', one.note('one'))
    two.emitter.emit('a', 1)
    expect([one.seen, two.emitter.has('a')]).toEqual([[], false])
  })
})

describe('a store over it', () => {
  it('gives the value, and tells of changes without it', () => {
    const { emitter } = setUp()
    let value = 1
    const store = createStore(emitter, 'a', () => value)
    const calls: unknown[][] = []
    const off = store.subscribe((...args) => calls.push(args))
    expect(store.get()).toBe(1)
    value = 2
    emitter.emit('a', 7)
    expect([store.get(), calls]).toEqual([2, [[]]])
    off()
    emitter.emit('a', 8)
    expect(calls).toHaveLength(1)
  })
})
