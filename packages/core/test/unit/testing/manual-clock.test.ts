// The clock that tests move: order, turns, promises in between, and the platform's limits.
import { describe, expect, it } from 'vitest'
import { manualClock } from '../../../src/testing'

describe('manualClock', () => {
  it('stands still until it is moved', async () => {
    const clock = manualClock(1_000)
    expect(clock.now()).toBe(1_000)
    await clock.advance(250)
    expect(clock.now()).toBe(1_250)
  })

  it('fires timers in order of their time, equal times in the order in which they were armed', async () => {
    const clock = manualClock()
    const fired: string[] = []
    for (const [name, delay] of [
      ['late', 30],
      ['first', 10],
      ['second', 10],
      ['middle', 20],
    ] as const) {
      clock.setTimeout(() => fired.push(`${name} at ${clock.now()}`), delay)
    }
    await clock.advance(29)
    expect(fired).toEqual(['first at 10', 'second at 10', 'middle at 20'])
    expect(clock.nextDue).toBe(30)
    await clock.advance(1)
    expect(fired.at(-1)).toBe('late at 30')
    expect(clock.nextDue).toBeUndefined()
  })

  it('fires a timer that was armed on the way, when it falls due on the way', () => {
    const clock = manualClock()
    const fired: number[] = []
    const again = () => {
      fired.push(clock.now())
      clock.setTimeout(again, 40)
    }
    clock.setTimeout(again, 40)
    clock.advanceSync(130)
    expect(fired).toEqual([40, 80, 120])
    expect(clock.now()).toBe(130)
    expect(clock.timers).toBe(1)
  })

  it('never fires what was cleared, also by a timer of the same time', async () => {
    const clock = manualClock()
    const fired: string[] = []
    const cleared = clock.setTimeout(() => fired.push('cleared'), 5)
    clock.setTimeout(() => clock.clearTimeout(sibling), 5)
    const sibling = clock.setTimeout(() => fired.push('sibling'), 5)
    clock.clearTimeout(cleared)
    clock.clearTimeout(cleared)
    clock.clearTimeout(undefined)
    await clock.advance(10)
    expect(fired).toEqual([])
    expect(clock.timers).toBe(0)
  })

  it('lets promise chains of any length settle between two timers of the same time', async () => {
    const clock = manualClock()
    const seen: string[] = []
    clock.setTimeout(async () => {
      for (let link = 0; link < 1_000; link += 1) await undefined
      seen.push('the chain of the first')
    }, 10)
    clock.setTimeout(() => seen.push('the second'), 10)
    await clock.advance(10)
    expect(seen).toEqual(['the chain of the first', 'the second'])
  })

  it('settles what was pending before it moves, and what the last timer began', async () => {
    const clock = manualClock()
    const at: number[] = []
    Promise.resolve().then(() =>
      clock.setTimeout(() => Promise.resolve().then(() => at.push(clock.now())), 10),
    )
    await clock.advance(10)
    expect(at).toEqual([10])
  })

  it('advances for two at once', async () => {
    const clock = manualClock()
    const fired: number[] = []
    clock.setTimeout(() => fired.push(clock.now()), 10)
    await Promise.all([clock.advance(5), clock.advance(10)])
    expect(fired).toEqual([10])
  })

  it('runs turns before the next timer, those asked for by turns too', async () => {
    const clock = manualClock()
    const seen: string[] = []
    clock.setTimeout(() => seen.push(`timer at ${clock.now()}`), 1)
    clock.turn(() => {
      seen.push(`turn at ${clock.now()}`)
      clock.turn(() => seen.push(`turn of the turn at ${clock.now()}`))
    })
    expect(clock.turns).toBe(1)
    expect(clock.timers).toBe(1)
    await clock.advance(1)
    expect(seen).toEqual(['turn at 0', 'turn of the turn at 0', 'timer at 1'])
  })

  it('runs one round of turns by runTurns()', () => {
    const clock = manualClock()
    let rounds = 0
    const poll = () => {
      rounds += 1
      clock.turn(poll)
    }
    clock.turn(poll)
    clock.runTurns()
    expect(rounds).toBe(1)
    expect(clock.turns).toBe(1)
  })

  it('goes on with the time when turns ask for turns for ever', async () => {
    const clock = manualClock()
    const rounds = new Map<number, number>()
    const poll = () => {
      rounds.set(clock.now(), (rounds.get(clock.now()) ?? 0) + 1)
      clock.turn(poll)
    }
    clock.turn(poll)
    clock.setTimeout(() => {}, 50)
    await clock.advance(100)
    expect([...rounds]).toEqual([
      [0, 1_000],
      [50, 1_000],
    ])
    expect(clock.now()).toBe(100)
  })

  it('B13: fires at once for a delay beyond 2^31−1, as the platform does', () => {
    const clock = manualClock()
    const fired: number[] = []
    for (const delay of [2 ** 31 - 1, 2 ** 31, Infinity, Number.NaN]) {
      clock.setTimeout(() => fired.push(delay), delay)
    }
    clock.advanceSync(1)
    expect(fired).toEqual([2 ** 31, Infinity, Number.NaN])
    clock.advanceSync(2 ** 31)
    expect(fired.at(-1)).toBe(2 ** 31 - 1)
  })

  it('jumps without running anything, and leaves timers the time they had left', () => {
    const clock = manualClock(1_000_000)
    let fired = false
    clock.setTimeout(() => {
      fired = true
    }, 100)
    clock.advanceSync(40)
    clock.setNow(5_000_000)
    expect(clock.now()).toBe(5_000_000)
    expect(clock.nextDue).toBe(5_000_060)
    clock.setNow(500)
    clock.advanceSync(59)
    expect(fired).toBe(false)
    clock.advanceSync(1)
    expect(fired).toBe(true)
    expect(clock.now()).toBe(560)
  })

  it('passes on what a callback throws, and goes on behind it', async () => {
    const clock = manualClock()
    const fired: string[] = []
    clock.setTimeout(() => {
      throw new Error('in a timer')
    }, 10)
    clock.setTimeout(() => fired.push('timer'), 20)
    await expect(clock.advance(20)).rejects.toThrow('in a timer')
    expect(clock.now()).toBe(10)
    clock.turn(() => {
      throw new Error('in a turn')
    })
    clock.turn(() => fired.push('turn'))
    expect(() => clock.runTurns()).toThrow('in a turn')
    await clock.advance(10)
    expect(fired).toEqual(['turn', 'timer'])
  })

  it('may be taken apart, as platform timers are', () => {
    const { setTimeout, clearTimeout, now, turn } = manualClock(7)
    clearTimeout(setTimeout(() => {}, 1))
    turn(() => {})
    expect(now()).toBe(7)
  })
})
