// When to ping, when to rest, when to give up: due times and verdicts, with no timer in sight.
import { describe, expect, it } from 'vitest'
import {
  beat,
  beginPulse,
  hasJumped,
  isProbing,
  isSilent,
  type Ping,
  type Pulse,
  pinged,
  pong,
  probe,
  probeTimeout,
} from '../../src/heartbeat/pulse'

const rhythm = { interval: 25_000, timeout: 10_000 }

/** One life of a connection. Times are in ms since its beginning. */
class Life {
  pulse: Pulse
  stalled = false
  #heard = false
  readonly #rhythm: typeof rhythm

  constructor(given: typeof rhythm) {
    this.#rhythm = given
    this.pulse = beginPulse(0, given)
  }

  hear() {
    this.#heard = true
  }

  /** The look that is due, so many ms after it was; `now` can be told instead. */
  look(late = 0, now = this.pulse.dueAt + late) {
    const signs = { heard: this.#heard, stalled: this.stalled }
    const [pulse, action] = beat(this.pulse, now, signs, this.#rhythm)
    this.pulse = action === 'ping' || action === 'probe' ? pinged(pulse, { at: now }) : pulse
    this.#heard = false
    return action
  }

  probe(now: number) {
    this.pulse = pinged(probe(this.pulse, now, this.#rhythm), { at: now })
    this.#heard = false
  }

  /** For the oldest ping, where there is one, or for this one. Gives the round trip. */
  pong(now: number, ping: Ping | undefined = this.pulse.unanswered[0]) {
    this.hear()
    if (!ping) return undefined
    this.pulse = pong(this.pulse, ping, now, this.#rhythm)
    return this.pulse.latency
  }

  isSilent = (now: number) => isSilent(this.pulse, now, this.#heard)
  hasJumped = (now: number) => hasJumped(this.pulse, now, this.#rhythm)
}
const setUp = (given = rhythm) => new Life(given)

describe('the pulse', () => {
  it('B66 pings after the interval', () => {
    const t = setUp()
    expect(t.pulse.dueAt).toBe(25_000)
    expect(t.look()).toBe('ping')
    expect(t.pulse).toMatchObject({ dueAt: 35_000, pingedAt: 25_000 })
  })

  it('B67 is dead when nothing was heard within the timeout of a ping, at that very time', () => {
    const t = setUp()
    t.look()
    expect(t.pulse.dueAt).toBe(35_000)
    expect(t.look()).toBe('dead')
  })

  it('B63 measures round trips that are longer than the timeout, and than the interval', () => {
    const t = setUp({ interval: 2_000, timeout: 1_500 })
    for (const at of [2_000, 4_000]) {
      expect([t.pulse.dueAt, t.look()]).toEqual([at, 'ping'])
      t.hear()
      expect(t.look()).toBe('rest')
    }
    expect([t.pong(5_000), t.pong(7_001)]).toEqual([3_000, 3_001])
    // What answers nothing measures nothing.
    expect(t.pong(8_000)).toBeUndefined()
  })

  it('counts anew where a server left many pings unanswered', () => {
    const t = setUp({ interval: 2_000, timeout: 1_500 })
    for (let n = 0; n < 9; n++) {
      expect(t.look()).toBe('ping')
      t.hear()
      expect(t.look()).toBe('rest')
    }
    expect(t.pong(18_100)).toBe(100)
  })

  it('B63 any frame at all counts as life, and the next ping keeps its distance from the one before', () => {
    const t = setUp()
    t.look()
    t.hear()
    expect(t.look()).toBe('rest')
    expect(t.pulse.dueAt).toBe(50_000)
    expect(t.look()).toBe('ping')
  })

  it('B63 what was heard before the ping does not answer it', () => {
    const t = setUp()
    t.hear()
    expect(t.look()).toBe('ping')
    expect(t.look()).toBe('dead')
  })

  it('B63 the pong measures latency, other frames do not', () => {
    const t = setUp()
    t.look()
    t.hear()
    expect(t.pong(25_042)).toBe(42)
    expect(t.pulse.dueAt).toBe(50_000)
    expect(t.look()).toBe('ping')
  })

  it('takes a pong that nobody asked for as a sign of life alone', () => {
    const t = setUp()
    const before = t.pulse
    expect(t.pong(10)).toBeUndefined()
    expect(t.pulse).toEqual(before)
    t.look()
    t.pong(25_010)
    expect(t.pong(25_020)).toBeUndefined()
  })

  it('B64 pings on a busy connection too, for what comes in says nothing of the way out', () => {
    const t = setUp()
    const pings: number[] = []
    while (t.pulse.dueAt < 200_000) {
      t.hear()
      const at = t.pulse.dueAt
      if (t.look() === 'ping') pings.push(at)
    }
    expect(pings).toEqual([25_000, 50_000, 75_000, 100_000, 125_000, 150_000, 175_000])
  })

  it.each([1_001, 60_000, 86_400_000])(
    'B61 a look that comes %i ms late pings once more before it judges',
    (late) => {
      const t = setUp()
      t.look()
      expect(t.look(late)).toBe('probe')
      expect(t.look()).toBe('settle')
      expect(t.pulse.dueAt).toBe(35_000 + late + 5_000)
      expect(t.look()).toBe('dead')
    },
  )

  it('B61 timers throttled to one a minute never kill a live connection', () => {
    const t = setUp({ interval: 5_000, timeout: 2_000 })
    for (let minute = 1; minute < 60; minute++) {
      expect(t.look(0, minute * 60_000)).not.toBe('dead')
      t.pong(minute * 60_000 + 40)
    }
  })

  it('B61 timers throttled to one a minute never kill a connection whose pongs wait for the timer', () => {
    const t = setUp({ interval: 5_000, timeout: 2_000 })
    for (let minute = 1; minute < 60; minute++) {
      expect(t.look(0, minute * 60_000)).not.toBe('dead')
      if (minute % 2 === 0) t.hear()
    }
  })

  it.each([0, 1, 15, 1_000])('B67 a look that is %i ms late is on time: it judges', (late) => {
    const t = setUp()
    t.look()
    expect(t.look(late)).toBe('dead')
  })

  it('B61 a clock that was set back pings once more before it judges', () => {
    const t = setUp()
    t.look()
    expect(t.look(0, 35_000 - 3_600_000)).toBe('probe')
  })

  it('a clock that was set back does not put off the next look by as much', () => {
    const back = -3_600_000
    const heard = setUp()
    heard.look()
    heard.hear()
    heard.look(0, back)
    expect(heard.pulse.dueAt - back).toBeLessThanOrEqual(35_000)
    const ponged = setUp()
    ponged.look()
    ponged.pong(back)
    expect(ponged.pulse.dueAt - back).toBeLessThanOrEqual(35_000)
  })

  it('a clock that was set back measures no negative latency', () => {
    const t = setUp()
    t.look()
    expect(t.pong(24_000) ?? 0).toBeGreaterThanOrEqual(0)
  })

  it('B65 begins anew with each connection: no ping is outstanding', () => {
    const t = setUp()
    t.look()
    t.pulse = beginPulse(34_000, rhythm)
    expect(t.pulse.pingedAt).toBeUndefined()
    expect(t.look()).toBe('ping')
  })

  it('keeps its rhythm where the timeout exceeds the interval', () => {
    const t = setUp({ interval: 1_000, timeout: 5_000 })
    expect(t.look()).toBe('ping')
    expect(t.pulse.dueAt).toBe(6_000)
    t.hear()
    expect(t.look()).toBe('ping')
    expect(t.look()).toBe('dead')
  })

  it('B66 asks as often as the user chose', () => {
    const t = setUp({ interval: 1_000, timeout: 500 })
    const pings: number[] = []
    while (pings.length < 3) {
      const at = t.pulse.dueAt
      if (t.look() === 'ping') pings.push(at)
      t.pong(at + 10)
    }
    expect(pings).toEqual([1_000, 2_000, 3_000])
  })

  it('B61 a dead connection is known after some minutes, where timers come once a minute', () => {
    const t = setUp()
    const actions = [1, 2, 3, 4, 5].map((minute) => t.look(0, minute * 60_000))
    expect(actions).toEqual(['probe', 'settle', 'probe', 'settle', 'dead'])
  })
})

describe('a probe', () => {
  const opened = (roundTrip?: number) => {
    const t = setUp()
    if (roundTrip !== undefined) {
      t.look()
      t.pong(25_000 + roundTrip)
    }
    return t
  }

  it.each([
    [undefined, 5_000],
    [0, 2_000],
    [99, 2_000],
    [150, 3_000],
    [251, 5_000],
    [9_000, 5_000],
  ])('after a round trip of %s ms waits for %i ms', (roundTrip, patience) => {
    const t = opened(roundTrip)
    expect(probeTimeout(t.pulse, rhythm)).toBe(patience)
    t.probe(30_000)
    expect(t.look()).toBe('settle')
    expect(t.pulse.dueAt).toBe(30_000 + patience)
    expect(t.look()).toBe('dead')
  })

  it('waits no longer than any ping', () => {
    expect(probeTimeout(opened().pulse, { interval: 1_000, timeout: 500 })).toBe(500)
  })

  it('B59 is answered by its pong, and then the usual rhythm goes on', () => {
    const t = opened(40)
    t.probe(30_000)
    expect(isProbing(t.pulse)).toBe(true)
    expect(t.pong(30_050)).toBe(50)
    expect(isProbing(t.pulse)).toBe(false)
    expect(t.pulse.dueAt).toBe(55_000)
  })

  it('B59 what comes in with the waking is from before: it proves nothing', () => {
    const t = opened()
    t.probe(30_000)
    t.hear()
    expect(t.look()).toBe('settle')
    expect(t.look()).toBe('dead')
  })

  it('B63 what comes in later does, where the server answers no pings', () => {
    const t = opened()
    t.probe(30_000)
    t.look()
    t.hear()
    expect(t.look()).toBe('rest')
    expect(t.pulse.dueAt).toBe(55_000)
  })

  it('is not answered by the pong to an older ping', () => {
    const t = opened()
    t.look()
    t.probe(26_000)
    t.pong(26_010)
    expect(isProbing(t.pulse)).toBe(true)
    t.pong(26_020)
    expect(isProbing(t.pulse)).toBe(false)
  })

  it('a pong that names its ping answers those before it too', () => {
    const t = opened()
    t.look()
    t.probe(26_000)
    expect(t.pong(26_030, t.pulse.unanswered[1])).toBe(30)
    expect(t.pulse.unanswered).toEqual([])
    expect(isProbing(t.pulse)).toBe(false)
  })

  it('B59 is called for where nothing was heard for longer than the interval, and nowhere else', () => {
    const t = setUp()
    expect([t.isSilent(24_000), t.isSilent(26_000), t.isSilent(26_001)]).toEqual([false, false, true])
    // The clock was set back: nobody knows how long it was.
    expect(t.isSilent(-1)).toBe(true)
    t.look()
    expect(t.isSilent(25_001)).toBe(true)
    t.hear()
    expect(t.isSilent(25_001)).toBe(false)
  })

  it('B62 is called for where the clock went past the timeout, or back at all', () => {
    const t = setUp()
    t.look()
    expect([t.hasJumped(45_000), t.hasJumped(45_001)]).toEqual([false, true])
    expect([t.hasJumped(25_000), t.hasJumped(24_999)]).toEqual([false, true])
  })
})

describe('a buffer that does not move', () => {
  it('is as bad as silence, whatever comes in: the ping is in it', () => {
    const t = setUp()
    t.look()
    t.hear()
    t.stalled = true
    expect(t.look()).toBe('dead')
  })

  it('says nothing where the timer was held back', () => {
    const t = setUp()
    t.look()
    t.hear()
    t.stalled = true
    expect(t.look(5_000)).toBe('probe')
  })

  it('says nothing once the pong came', () => {
    const t = setUp()
    t.look()
    t.pong(25_100)
    t.stalled = true
    expect(t.look()).toBe('ping')
  })
})
