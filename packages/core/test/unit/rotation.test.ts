// A rotation with its one timer and a host that the test plays, on a clock that the test moves.
import { describe, expect, it } from 'vitest'
import { SocketError } from '../../src/errors'
import { type RotationOptions, rotation } from '../../src/rotation/rotation'
import { manualClock } from '../../src/testing'
import { thrown } from './support'

function setUp(options: RotationOptions = {}, { connectTimeout = 10_000 } = {}) {
  const clock = manualClock()
  /** What the host was told to do, and with which errors it was told to give up. */
  const done: string[] = []
  const errors: unknown[] = []
  const t = {
    random: 0.5,
    /** What the host would say by now of the second transport, and of the first one's last messages. */
    ended: (_: SocketError | undefined) => {},
    arrived: () => {},
  }
  const run = rotation(options).begin({
    clock,
    random: () => t.random,
    connectTimeout,
    leastUptime: 0,
    open(ended) {
      done.push('open')
      t.ended = ended
    },
    hold(then) {
      done.push('hold')
      t.arrived = then
    },
    takeOver: () => done.push('take over'),
    endFirst: () => done.push('end first'),
    giveUp(error) {
      done.push('give up')
      errors.push(error)
    },
  })
  return Object.assign(t, {
    clock,
    run,
    done,
    errors,
    rotate: () => run.rotate(false),
    accept: () => t.ended(undefined),
    arrive: () => t.arrived(),
    fail: (message = 'refused') => t.ended(new SocketError('ROTATION', message)),
  })
}
const whole = ['open', 'hold', 'take over', 'end first']

describe('the way', () => {
  it('opens the second, holds, takes over once all has arrived, and ends the first after it lingered', () => {
    const t = setUp()
    t.rotate()
    expect(t.done).toEqual(['open'])
    t.accept()
    expect(t.done).toEqual(['open', 'hold'])
    t.arrive()
    expect(t.done).toEqual(['open', 'hold', 'take over'])
    t.clock.advanceSync(4_999)
    expect(t.done).toHaveLength(3)
    t.clock.advanceSync(1)
    expect(t.done).toEqual(whole)
    expect([t.clock.timers, t.errors]).toEqual([0, []])
  })

  it('takes over at once where the host says so while it is told to hold', () => {
    const clock = manualClock()
    const done: string[] = []
    const run = rotation().begin({
      clock,
      random: Math.random,
      connectTimeout: 10_000,
      leastUptime: 0,
      open: (ended) => ended(undefined),
      hold: (then) => then(),
      takeOver: () => done.push('take over'),
      endFirst: () => done.push('end first'),
      giveUp: () => done.push('give up'),
    })
    run.rotate(false)
    expect(done).toEqual(['take over'])
    clock.advanceSync(60_000)
    expect(done).toEqual(['take over', 'end first'])
  })

  it('takes as long for each step as it is told', () => {
    const t = setUp({ linger: 70, fenceTimeout: 30 })
    t.rotate()
    t.accept()
    t.clock.advanceSync(29)
    expect(t.done).not.toContain('take over')
    t.clock.advanceSync(1)
    expect(t.done).toContain('take over')
    t.clock.advanceSync(69)
    expect(t.done).not.toContain('end first')
    t.clock.advanceSync(1)
    expect(t.done).toEqual(whole)
  })

  it('believes after 2 000 ms what cannot be proven', () => {
    const t = setUp()
    t.rotate()
    t.accept()
    t.clock.advanceSync(1_999)
    expect(t.done).toEqual(['open', 'hold'])
    t.clock.advanceSync(1)
    expect(t.done).toEqual(['open', 'hold', 'take over'])
    // The proof that comes after that changes nothing.
    t.arrive()
    expect(t.done).toHaveLength(3)
  })

  it('says that it is ready while it holds, and then alone', () => {
    const t = setUp()
    const ready = [t.run.isReady]
    t.rotate()
    ready.push(t.run.isReady)
    t.accept()
    ready.push(t.run.isReady)
    t.arrive()
    ready.push(t.run.isReady)
    expect(ready).toEqual([false, false, true, false])
  })

  it('takes over early where it is told to', () => {
    const t = setUp()
    t.rotate()
    t.accept()
    t.run.takeOver()
    expect(t.done).toEqual(['open', 'hold', 'take over'])
    t.run.takeOver()
    expect(t.done).toHaveLength(3)
  })

  it('does not take over before the second was accepted', () => {
    const t = setUp()
    t.run.takeOver()
    t.rotate()
    t.run.takeOver()
    expect(t.done).toEqual(['open'])
  })

  it('has one timer at most', () => {
    const t = setUp({ goingAway: Number })
    t.run.receive(100)
    const timers = [t.clock.timers]
    for (const act of [t.rotate, t.accept, t.arrive]) {
      act()
      timers.push(t.clock.timers)
    }
    expect(timers).toEqual([1, 1, 1, 1])
  })

  it('asked again while it is under way, or lingers, does nothing more', () => {
    const t = setUp()
    for (const act of [t.rotate, t.accept, t.arrive]) {
      act()
      t.rotate()
    }
    expect(t.done).toEqual(['open', 'hold', 'take over'])
  })
})

describe('where the second fails', () => {
  it('gives up, says why, and can be asked again', () => {
    const t = setUp()
    t.rotate()
    t.fail()
    expect(t.done).toEqual(['open', 'give up'])
    expect(t.errors).toEqual([thrown('ROTATION', 'refused')])
    expect(t.clock.timers).toBe(0)
    t.rotate()
    expect(t.done).toEqual(['open', 'give up', 'open'])
  })

  it('gives up where it is not accepted within connectTimeout, with ROTATION', () => {
    const t = setUp({}, { connectTimeout: 700 })
    t.rotate()
    t.clock.advanceSync(699)
    expect(t.done).toEqual(['open'])
    t.clock.advanceSync(1)
    expect(t.done).toEqual(['open', 'give up'])
    expect(t.errors).toEqual([thrown('ROTATION', 'time')])
    // Whatever it says after that.
    t.accept()
    expect(t.done).toHaveLength(2)
  })

  it('gives up where it is lost while the first is emptied', () => {
    const t = setUp()
    t.rotate()
    t.accept()
    t.fail('lost')
    t.arrive()
    t.clock.advanceSync(60_000)
    expect(t.done).toEqual(['open', 'hold', 'give up'])
    expect([t.run.isReady, t.clock.timers]).toEqual([false, 0])
  })

  it('an older one says nothing about the one after it', () => {
    const t = setUp()
    t.rotate()
    const { ended } = t
    t.fail()
    t.rotate()
    ended(undefined)
    ended(new SocketError('ROTATION', 'late'))
    expect(t.done).toEqual(['open', 'give up', 'open'])
    t.accept()
    const { arrived } = t
    t.fail()
    t.rotate()
    t.accept()
    arrived()
    expect(t.done.slice(3)).toEqual(['hold', 'give up', 'open', 'hold'])
  })

  it('by hand is not tried again by itself', () => {
    const t = setUp()
    t.rotate()
    t.fail()
    t.clock.advanceSync(1_000_000)
    expect(t.done).toEqual(['open', 'give up'])
  })

  it.each([
    [0, 5_000],
    [0.5, 7_500],
    [0.999, 9_995],
  ])(
    'B46 where it was called for is tried again, by chance %s after %i ms, until it succeeds',
    (random, wait) => {
      const t = setUp()
      t.random = random
      t.run.rotate(true)
      for (const tries of [1, 2, 3]) {
        t.fail()
        expect(t.errors).toHaveLength(tries)
        t.clock.advanceSync(wait - 1)
        expect(t.done.filter((what) => what === 'open')).toHaveLength(tries)
        t.clock.advanceSync(1)
        expect(t.done.filter((what) => what === 'open')).toHaveLength(tries + 1)
      }
      t.accept()
      t.arrive()
      t.clock.advanceSync(1_000_000)
      expect(t.done.slice(-3)).toEqual(whole.slice(1))
    },
  )

  it('B46 one that was asked for by hand before it was called for is tried again, too', () => {
    const t = setUp()
    t.rotate()
    t.run.rotate(true)
    t.fail()
    t.clock.advanceSync(10_000)
    expect(t.done).toEqual(['open', 'give up', 'open'])
  })
})

describe('a server that is going away', () => {
  const goingAway = (message: any) => (message?.type === 'bye' ? message.left : undefined)
  const bye = (left: unknown) => ({ type: 'bye', left })

  it('is left within the first half of the time that it says is left, by chance', () => {
    const times: number[] = []
    for (const random of [0, 0.25, 0.5, 0.999]) {
      const t = setUp({ goingAway })
      t.random = random
      expect(t.run.receive(bye(30_000))).toBe(true)
      while (!t.done.length) t.clock.advanceSync(1)
      times.push(t.clock.now())
    }
    // No timer is shorter than a millisecond.
    expect(times).toEqual([1, 3_750, 7_500, 14_985])
  })

  it('keeps that message for itself, and no other', () => {
    const t = setUp({ goingAway })
    const others = ['bye', { type: 'news' }, null, undefined, 0, '', {}]
    expect(others.map((message) => t.run.receive(message))).toEqual(others.map(() => false))
    expect(t.clock.timers).toBe(0)
    expect(t.run.receive(bye(5))).toBe(true)
  })

  it('without the option no message means that', () => {
    const t = setUp()
    expect([t.run.receive(bye(5)), t.clock.timers]).toEqual([false, 0])
  })

  it('that says so again is believed anew', () => {
    const t = setUp({ goingAway })
    t.run.receive(bye(60_000))
    t.run.receive(bye(1_000))
    expect(t.clock.timers).toBe(1)
    t.clock.advanceSync(250)
    expect(t.done).toEqual(['open'])
  })

  it('changes nothing about a rotation that is under way, nor about its times', () => {
    const t = setUp({ goingAway })
    t.rotate()
    expect(t.run.receive(bye(1))).toBe(true)
    t.clock.advanceSync(9_999)
    expect(t.done).toEqual(['open'])
    t.clock.advanceSync(1)
    expect(t.done).toEqual(['open', 'give up'])
    t.rotate()
    t.accept()
    t.arrive()
    // The first is going away anyhow: it is that.
    expect(t.run.receive(bye(1))).toBe(true)
    t.clock.advanceSync(4_999)
    expect(t.done).not.toContain('end first')
    t.clock.advanceSync(1)
    expect(t.done.slice(2)).toEqual(whole)
  })

  it('is gone before its time where rotate() was called meanwhile: once is enough', () => {
    const t = setUp({ goingAway })
    t.run.receive(bye(10_000))
    t.rotate()
    t.accept()
    t.arrive()
    t.clock.advanceSync(60_000)
    expect(t.done).toEqual(whole)
  })

  it('B46 whose successor fails is left by another try', () => {
    const t = setUp({ goingAway })
    t.run.receive(bye(0))
    t.clock.advanceSync(1)
    t.fail()
    t.clock.advanceSync(10_000)
    expect(t.done).toEqual(['open', 'give up', 'open'])
  })

  it.each([null, false, true, '5000', {}])('what gives %j does not mean that', (left) => {
    const t = setUp({ goingAway: () => left as never })
    expect([t.run.receive('news'), t.clock.timers]).toEqual([false, 0])
  })

  it('one that throws, or is asynchronous, is its host’s to tell of', () => {
    const t = setUp({
      goingAway: () => {
        throw new Error('mine')
      },
    })
    expect(() => t.run.receive('news')).toThrow('mine')
    expect(() => setUp({ goingAway: async () => 5 } as never).run.receive('news')).toThrow('at once')
  })
})

describe('the end of its connection', () => {
  it.each(['before it', 'while it opens', 'while it holds', 'while the first lingers'])(
    'stops it %s: nothing more is done, and no timer runs',
    (when) => {
      const t = setUp({ goingAway: Number })
      if (when === 'before it') t.run.receive(100)
      else t.rotate()
      if (when === 'while it holds' || when === 'while the first lingers') t.accept()
      if (when === 'while the first lingers') t.arrive()
      const before = [...t.done]
      t.run.stop()
      expect(t.clock.timers).toBe(0)
      t.accept()
      t.arrive()
      t.run.takeOver()
      t.rotate()
      t.run.receive(100)
      t.clock.advanceSync(1_000_000)
      expect(t.done).toEqual(before)
    },
  )

  it('may come where it is told to give up', () => {
    const clock = manualClock()
    const errors: unknown[] = []
    const run = rotation().begin({
      clock,
      random: Math.random,
      connectTimeout: 10,
      leastUptime: 0,
      open: () => {},
      hold: () => {},
      takeOver: () => {},
      endFirst: () => {},
      giveUp: (error) => {
        errors.push(error)
        run.stop()
      },
    })
    run.rotate(true)
    clock.advanceSync(1_000_000)
    expect([errors.length, clock.timers]).toEqual([1, 0])
  })
})

describe('durations', () => {
  it.each([Infinity, 2 ** 31])('B13 of %s are long, not short', (long) => {
    const t = setUp({ linger: long, fenceTimeout: long, goingAway: Number }, { connectTimeout: long })
    const pass = () => t.clock.advanceSync(1_000_000)
    t.run.receive(long)
    pass()
    expect(t.done).toEqual([])
    t.rotate()
    pass()
    expect(t.done).toEqual(['open'])
    t.accept()
    pass()
    expect(t.done).toEqual(['open', 'hold'])
    t.arrive()
    pass()
    expect(t.done).toEqual(['open', 'hold', 'take over'])
  })

  it('of 0 are short', () => {
    const t = setUp({ linger: 0, fenceTimeout: 0 })
    t.rotate()
    t.accept()
    t.clock.advanceSync(2)
    expect(t.done).toEqual(whole)
  })

  it.each([
    [{ linger: -1 }, 'linger'],
    [{ linger: '5s' }, 'linger'],
    [{ fenceTimeout: Number.NaN }, 'fenceTimeout'],
    [{ goingAway: 5_000 }, 'goingAway'],
    [{ after: 3 }, 'after'],
  ])('throws INVALID_OPTION, naming it, for %j', (options, name) => {
    expect(() => rotation(options as never)).toThrow(thrown('INVALID_OPTION', name))
  })
})

it('one value serves any number of connections', () => {
  const value = rotation()
  const clock = manualClock()
  const done: string[] = []
  const begin = (name: string) =>
    value.begin({
      clock,
      random: Math.random,
      connectTimeout: 10,
      leastUptime: 0,
      open: () => done.push(name),
      hold: () => {},
      takeOver: () => {},
      endFirst: () => {},
      giveUp: () => {},
    })
  const first = begin('first')
  const second = begin('second')
  first.rotate(false)
  second.rotate(false)
  first.stop()
  expect([done, clock.timers]).toEqual([['first', 'second'], 1])
})
