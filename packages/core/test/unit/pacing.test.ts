// How the sender waits for a buffer that has no drain event.
import { describe, expect, it } from 'vitest'
import { afterTimer, beginAnew, firstWait, nextWait, type Wait } from '../../src/queue/pacing'

/** So many steps of a wait; each timer is late by what `late` says of it. */
function steps(count: number, late: (delay: number) => number = () => 0) {
  const seen: ('turn' | number)[] = []
  let wait: Wait = firstWait
  for (let n = 0; n < count; n++) {
    const [after, step] = nextWait(wait)
    wait = step === 'turn' ? after : afterTimer(after, late(step))
    seen.push(step)
  }
  return seen
}

describe('waiting for the buffer', () => {
  it('B73 takes turns at first, for most buffers empty within a few', () => {
    expect(steps(10)).toEqual(Array(10).fill('turn'))
  })

  it('B74 ends its turns, then sleeps longer and longer, up to a bound', () => {
    const seen = steps(1_000)
    const sleeps = seen.filter((step) => step !== 'turn')
    expect(seen.indexOf(1)).toBeLessThanOrEqual(300)
    expect(seen.lastIndexOf('turn')).toBeLessThan(seen.indexOf(1))
    expect(sleeps.slice(0, 8)).toEqual([1, 2, 4, 8, 16, 32, 32, 32])
    expect(Math.max(...sleeps)).toBe(32)
  })

  it.each([1_000, 60_000])(
    'B128 where timers come %i ms late, spends most of its steps on turns, which no tab holds back',
    (late) => {
      const seen = steps(10_000, () => late)
      expect(seen.filter((step) => step !== 'turn').length).toBeLessThan(10_000 / 500)
    },
  )

  it('B128 takes the more turns the later the timer was', () => {
    const turns = (late: number) => afterTimer({ ...firstWait, turns: 0, delay: 8 }, late).turns
    expect(turns(60_000)).toBeGreaterThan(turns(1_000))
    expect(turns(1_000)).toBeGreaterThan(100)
  })

  it.each([-3_600_000, -1, 0, 15, 99])(
    'B128 takes a timer that is %i ms late for a timer on time',
    (late) => {
      const wait = { ...firstWait, turns: 0, delay: 8 }
      expect(afterTimer(wait, late)).toEqual(wait)
    },
  )

  it('B128 keeps its patience when the buffer moved, until a timer is on time again', () => {
    const { turns } = afterTimer(firstWait, 1_000)
    const anew = beginAnew(afterTimer(firstWait, 1_000))
    expect(anew).toMatchObject({ turns, delay: 1 })
    expect(beginAnew(afterTimer(anew, 0))).toEqual(firstWait)
  })
})
