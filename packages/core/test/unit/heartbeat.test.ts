// The heartbeat with its one timer, on a clock that the test moves.
import { describe, expect, it } from 'vitest'
import { type HeartbeatOptions, heartbeat } from '../../src/heartbeat/heartbeat'
import { manualClock } from '../../src/testing'
import type { HeartbeatHost } from '../../src/types'
import { thrown } from './support'

function setUp(options: HeartbeatOptions = {}, codec = 'raw', host: Partial<HeartbeatHost> = {}) {
  const clock = manualClock()
  const sent: unknown[] = []
  const errors: unknown[] = []
  const latencies: number[] = []
  const silences: number[] = []
  const suspicions: boolean[] = []
  const network = { stalled: false }
  const run = heartbeat(options).begin({
    clock,
    codec,
    send: (make) => {
      try {
        sent.push(make())
      } catch (error) {
        errors.push(error)
      }
    },
    onSilence: () => silences.push(clock.now()),
    onLatency: (latency) => latencies.push(latency),
    onSuspect: (suspect) => suspicions.push(suspect),
    isStalled: () => network.stalled,
    ...host,
  })
  return { clock, run, sent, errors, silences, latencies, suspicions, network }
}

describe('heartbeat', () => {
  it('B66 pings after 25 000, and knows silence 10 000 later', () => {
    const { clock, sent, silences } = setUp()
    clock.advanceSync(24_999)
    expect(sent).toEqual([])
    clock.advanceSync(1)
    expect(sent).toEqual(['ping'])
    clock.advanceSync(9_999)
    expect(silences).toEqual([])
    clock.advanceSync(1)
    expect(silences).toEqual([35_000])
  })

  it('B67 says so once, and leaves no timer', () => {
    const { clock, silences } = setUp()
    clock.advanceSync(1_000_000)
    expect(silences).toEqual([35_000])
    expect(clock.timers).toBe(0)
  })

  it('B63 takes any message for life, and measures the pong alone', () => {
    const { clock, run, sent, silences, latencies } = setUp()
    clock.advanceSync(25_000)
    expect(run.receive('news')).toBe(false)
    clock.advanceSync(30)
    expect(run.receive('pong')).toBe(true)
    expect(latencies).toEqual([30])
    clock.advanceSync(24_970)
    expect(sent).toEqual(['ping', 'ping'])
    expect(silences).toEqual([])
  })

  it('B69 claims pongs, also those that nobody asked for, and nothing else', () => {
    const { run } = setUp()
    expect(['pong', { type: 'pong', id: 3 }].map((message) => run.receive(message))).toEqual([true, true])
    const others = [
      'ping',
      { type: 'ping' },
      { type: 'message' },
      null,
      undefined,
      0,
      '',
      [],
      new ArrayBuffer(4),
    ]
    for (const message of others) expect(run.receive(message)).toBe(false)
  })

  it.each([
    ['raw', undefined, 'ping'],
    ['json', undefined, { type: 'ping' }],
    ['json', { op: 9 }, { op: 9 }],
    ['raw', () => 'made', 'made'],
    ['raw', '', ''],
    ['json', 0, 0],
  ])('sends what it is told: %s, %j', (codec, ping, expected) => {
    const { clock, sent } = setUp(ping === undefined ? {} : { ping }, codec)
    clock.advanceSync(25_000)
    expect(sent).toEqual([expected])
  })

  it('asks a function for the ping each time', () => {
    let n = 0
    const { clock, run, sent } = setUp({
      interval: 10,
      timeout: 5,
      ping: () => ++n,
      isPong: (message) => message === n,
    })
    for (const _ of [1, 2, 3]) {
      clock.advanceSync(10)
      expect(run.receive(n)).toBe(true)
    }
    expect(sent).toEqual([1, 2, 3])
  })

  it('asks isPong', () => {
    const { clock, run, latencies } = setUp({ isPong: (message) => message === 'here' })
    clock.advanceSync(25_000)
    expect([run.receive('pong'), run.receive('here')]).toEqual([false, true])
    expect(latencies).toEqual([0])
  })

  it('B65 B68 says and sends nothing after it was stopped, and leaves no timer', () => {
    const { clock, run, sent, silences } = setUp()
    clock.advanceSync(25_000)
    run.stop()
    expect(clock.timers).toBe(0)
    clock.advanceSync(1_000_000)
    expect([sent, silences]).toEqual([['ping'], []])
  })

  it('B65 B69 takes the pong that comes after that for what it is, and measures nothing', () => {
    const { clock, run, latencies } = setUp()
    clock.advanceSync(25_000)
    run.stop()
    expect(run.receive('pong')).toBe(true)
    expect([latencies, clock.timers]).toEqual([[], 0])
  })

  it('B65 may be stopped where silence is told', () => {
    const clock = manualClock()
    const run = heartbeat().begin({
      clock,
      codec: 'raw',
      send: () => {},
      onSilence: () => run.stop(),
      onLatency: () => {},
      onSuspect: () => {},
      isStalled: () => false,
    })
    clock.advanceSync(1_000_000)
    expect(clock.timers).toBe(0)
  })

  it('has one timer, whatever happens', () => {
    const { clock, run } = setUp()
    for (let n = 0; n < 20; n++) {
      clock.advanceSync(7_000)
      run.receive(n % 2 ? 'pong' : 'news')
      expect(clock.timers).toBe(1)
    }
  })

  it('serves any number of connections from one value', () => {
    const value = heartbeat()
    const clock = manualClock()
    const silences: number[] = []
    const begin = (name: number) =>
      value.begin({
        clock,
        codec: 'raw',
        send: () => {},
        onSilence: () => silences.push(name),
        onLatency: () => {},
        onSuspect: () => {},
        isStalled: () => false,
      })
    const first = begin(1)
    begin(2)
    clock.advanceSync(30_000)
    first.receive('news')
    clock.advanceSync(10_000)
    expect(silences).toEqual([2])
  })

  it('B13 an interval beyond 2^31−1 does not ping at once', () => {
    const { clock, sent } = setUp({ interval: 2 ** 31 + 5_000 })
    clock.advanceSync(86_400_000)
    expect(sent).toEqual([])
    clock.advanceSync(2 ** 31)
    expect(sent).toEqual(['ping'])
  })

  it('B31 has its host make the ping, and goes on where that throws', () => {
    let asked = 0
    const { clock, run, errors, silences } = setUp({
      ping: () => {
        asked += 1
        throw new Error('no ping today')
      },
    })
    for (const _ of [1, 2, 3]) {
      clock.advanceSync(25_000)
      run.receive('news')
    }
    expect([asked, errors.length, silences.length]).toEqual([3, 3, 0])
  })

  it.each([
    [{ interval: 0 }, 'interval'],
    [{ timeout: 0 }, 'timeout'],
    [{ interval: -1 }, 'interval'],
    [{ timeout: '5s' }, 'timeout'],
    [{ isPong: 'pong' }, 'isPong'],
    [{ every: 3 }, 'every'],
  ])('throws INVALID_OPTION, naming it, for %j', (options, name) => {
    expect(() => heartbeat(options as never)).toThrow(thrown('INVALID_OPTION', name))
  })
})

describe('a probe', () => {
  it('pings at once, tells that the connection is suspect, and tells when it is not any more', () => {
    const { clock, run, sent, suspicions, latencies } = setUp()
    clock.advanceSync(100)
    run.probe?.(false)
    expect([sent, suspicions]).toEqual([['ping'], [true]])
    clock.advanceSync(40)
    run.receive('pong')
    expect([suspicions, latencies]).toEqual([[true, false], [40]])
    clock.advanceSync(24_959)
    expect(sent).toEqual(['ping'])
    clock.advanceSync(1)
    expect(sent).toEqual(['ping', 'ping'])
  })

  it('B59 tells of silence 5 000 later, once, and leaves no timer', () => {
    const { clock, run, silences } = setUp()
    run.probe?.(false)
    clock.advanceSync(100_000)
    expect([silences, clock.timers]).toEqual([[5_000], 0])
  })

  it('B59 that is for a silent connection alone leaves one that is heard of alone', () => {
    const { clock, run, sent } = setUp()
    clock.advanceSync(24_000)
    run.probe?.(true)
    expect(sent).toEqual([])
    clock.setNow(clock.now() + 60_000)
    run.probe?.(true)
    run.probe?.(true)
    expect(sent).toEqual(['ping'])
  })

  it('B53 may be called for once more while one is under way, and no oftener', () => {
    const { clock, run, sent, silences } = setUp()
    for (let n = 0; n < 20; n++) {
      run.probe?.(false)
      clock.advanceSync(900)
    }
    expect(sent.length).toBeLessThanOrEqual(3)
    expect(silences).toHaveLength(1)
    expect(silences[0]).toBeLessThanOrEqual(10_000)
  })

  it('B63 is spoken for by the pong to an older ping: it came after', () => {
    const { clock, run, silences, suspicions } = setUp()
    clock.advanceSync(25_100)
    run.probe?.(false)
    clock.advanceSync(100)
    run.receive('pong')
    expect(suspicions).toEqual([true])
    clock.advanceSync(10_000)
    expect([silences, suspicions]).toEqual([[], [true, false]])
  })

  it.each([
    [0, false],
    [20_000, false],
    [35_000, false],
    [35_001, true],
    [-1, true],
  ])('B62 is called for where the clock went by %i ms: %s', (jump, isDoubtful) => {
    const { clock, run } = setUp()
    clock.setNow(clock.now() + jump)
    expect(run.isDoubtful?.()).toBe(isDoubtful)
    run.probe?.(false)
    // One is under way, whatever the clock does meanwhile.
    expect(run.isDoubtful?.()).toBe(false)
    clock.setNow(clock.now() + 3_600_000)
    expect(run.isDoubtful?.()).toBe(false)
  })

  it('does nothing any more after the end', () => {
    const { run, sent, suspicions, clock } = setUp()
    run.stop()
    run.probe?.(false)
    clock.setNow(1e9)
    expect([sent, suspicions, clock.timers]).toEqual([[], [], 0])
  })

  it('may be ended by whoever is told of it: then nothing is sent', () => {
    const t = setUp({}, 'raw', { onSuspect: () => t.run.stop() })
    t.run.probe?.(false)
    expect([t.sent, t.clock.timers]).toEqual([[], 0])
  })
})

describe('a look that comes late', () => {
  /** So much of the time is lost before the verdict is due. */
  const late = (ms: number) => {
    const t = setUp()
    t.clock.advanceSync(25_000)
    t.clock.setNow(t.clock.now() + ms)
    t.clock.advanceSync(10_000)
    return t
  }

  it('by 50 ms judges at once', () => {
    expect(late(50).silences).toEqual([35_050])
  })

  it('by more waits for what came meanwhile: a page that was busy finds its timers first', () => {
    const { clock, silences, run } = late(500)
    expect(silences).toEqual([])
    clock.advanceSync(99)
    run.receive('news')
    clock.advanceSync(1_000)
    expect(silences).toEqual([])
  })

  it('by more judges 100 ms later where nothing came', () => {
    const { clock, silences } = late(500)
    clock.advanceSync(99)
    expect(silences).toEqual([])
    clock.advanceSync(1)
    expect(silences).toEqual([35_600])
  })

  it('B61 by more than a second asks again', () => {
    const { sent, suspicions, silences } = late(1_001)
    expect([sent.length, suspicions, silences]).toEqual([2, [true], []])
  })
})

describe('a fence', () => {
  it('is a ping, and is passed with its pong', () => {
    const { clock, run, sent } = setUp()
    let passed = 0
    run.fence?.(() => passed++)
    expect([sent, passed]).toEqual([['ping'], 0])
    run.receive('news')
    expect(passed).toBe(0)
    run.receive('pong')
    run.receive('pong')
    clock.advanceSync(10)
    expect(passed).toBe(1)
  })

  it('is not passed with the pong to an older ping', () => {
    const { clock, run } = setUp()
    let passed = 0
    clock.advanceSync(25_000)
    run.fence?.(() => passed++)
    run.receive('pong')
    expect(passed).toBe(0)
    run.receive('pong')
    expect(passed).toBe(1)
  })

  it('is passed with the pong to a newer one that names it: frames keep their order', () => {
    let n = 0
    const { run } = setUp({ ping: () => ++n, isPong: (message, ping) => message === ping })
    const passed: string[] = []
    run.fence?.(() => passed.push('first'))
    run.fence?.(() => passed.push('second'))
    run.receive(2)
    expect(passed).toEqual(['first', 'second'])
  })

  it('makes no connection suspect, and puts off no ping', () => {
    const { clock, run, sent, suspicions } = setUp()
    clock.advanceSync(24_000)
    run.fence?.(() => {})
    clock.advanceSync(1_000)
    expect([sent.length, suspicions]).toEqual([2, []])
  })

  it('is there only where something can be sent', () => {
    const { run } = setUp({ passive: true })
    expect(run.fence).toBeUndefined()
    expect(setUp({ passive: true, ping: 'there?' }).run.fence).toBeTypeOf('function')
  })
})

describe('B77 a mark', () => {
  /** Pings are numbered, and a pong says which it is for. Each mark notes how often it was asked for, and proven. */
  function marking(options: HeartbeatOptions = {}) {
    let pings = 0
    let marks = 0
    const proven: number[] = []
    const t = setUp(
      {
        ping: () => `ping ${++pings}`,
        isPong: (message, ping) => message === (ping ? ping.replace('i', 'o') : 'pong'),
        ...options,
      },
      'raw',
      {
        mark: () => {
          const number = ++marks
          expect(t.sent).toHaveLength(number - 1)
          return () => proven.push(number)
        },
      },
    )
    return { ...t, proven, marks: () => marks }
  }

  it('B77 is made before each ping goes out, whatever it is for', () => {
    const t = marking()
    t.clock.advanceSync(25_000)
    t.run.fence?.(() => {})
    t.run.probe?.(false)
    expect([t.marks(), t.sent]).toEqual([3, ['ping 1', 'ping 2', 'ping 3']])
  })

  it('B77 is proven by its own pong and with it those before, in order, and once', () => {
    const t = marking()
    for (let n = 0; n < 3; n++) t.run.fence?.(() => {})
    t.run.receive('pong 2')
    expect(t.proven).toEqual([1, 2])
    for (const pong of ['pong 1', 'pong 2', 'pong']) t.run.receive(pong)
    expect(t.proven).toEqual([1, 2])
    t.run.receive('pong 3')
    expect(t.proven).toEqual([1, 2, 3])
  })

  it('B77 is proven before whoever waits for that ping is told', () => {
    const t = marking()
    const told: number[][] = []
    t.run.fence?.(() => told.push([...t.proven]))
    t.run.receive('pong 1')
    expect(told).toEqual([[1]])
  })

  it('B77 is not proven by any other message, nor by a pong of nobody’s', () => {
    const t = marking()
    t.run.fence?.(() => {})
    for (const message of ['news', 'pong', 'pong 7']) t.run.receive(message)
    t.run.heard()
    expect(t.proven).toEqual([])
  })

  it('B77 is not proven once it is over', () => {
    const t = marking()
    t.run.fence?.(() => {})
    t.run.stop()
    t.run.receive('pong 1')
    expect(t.proven).toEqual([])
  })

  it('B77 goes by the pings of the protocol, too', () => {
    let told: (what: 'ping' | 'pong') => void = () => {}
    const proven: string[] = []
    const { run } = setUp({}, 'raw', {
      mark: () => () => proven.push('proven'),
      protocolPings: (tell) => {
        told = tell
        return () => {}
      },
    })
    told('pong')
    run.fence?.(() => proven.push('told'))
    told('ping')
    expect(proven).toEqual([])
    told('pong')
    expect(proven).toEqual(['proven', 'told'])
  })
})

describe('passive', () => {
  it.each([
    ['raw', {}, 'ping', 'pong'],
    ['json', {}, { type: 'ping' }, { type: 'pong' }],
    ['json', { pong: { op: 10 } }, { type: 'ping', n: 1 }, { op: 10 }],
    ['json', { pong: (ping: any) => ({ ack: ping.n }) }, { type: 'ping', n: 7 }, { ack: 7 }],
    ['raw', { isPing: (message: unknown) => message === '?', pong: '' }, '?', ''],
  ])('B70 answers a server’s ping: %s, %j', (codec, options, ping, answer) => {
    const { run, sent } = setUp({ passive: true, ...options }, codec)
    expect(run.receive(ping)).toBe(true)
    expect(run.receive('news')).toBe(false)
    expect(sent).toEqual([answer])
  })

  it('B70 knows silence between interval + timeout and one interval later, whenever the last sign came', () => {
    for (let last = 1_000; last <= 5_000; last += 130) {
      const { clock, run, silences, sent } = setUp({ passive: true, interval: 1_000, timeout: 500 })
      for (let at = last % 1_000; at <= last; at += 1_000) {
        clock.advanceSync(at - clock.now())
        run.receive('news')
      }
      clock.advanceSync(10_000)
      expect(sent).toEqual([])
      expect((silences[0] as number) - last).toBeGreaterThanOrEqual(1_500)
      expect((silences[0] as number) - last).toBeLessThanOrEqual(2_500)
    }
  })

  it('B70 is not put off by what would be asked, could anything be asked', () => {
    const { clock, run, silences, sent } = setUp({ passive: true })
    while (clock.now() < 60_000) {
      run.probe?.(false)
      clock.advanceSync(1_000)
    }
    expect([silences, sent]).toEqual([[35_000], []])
  })

  it('an active one answers no ping unless it is told what that is', () => {
    const { run, sent } = setUp()
    expect(run.receive('ping')).toBe(false)
    const told = setUp({ isPing: (message) => message === 'ping' })
    expect(told.run.receive('ping')).toBe(true)
    expect([sent, told.sent]).toEqual([[], ['pong']])
  })

  it('a pong that cannot be made is its host’s to tell of', () => {
    const { run, errors } = setUp({
      passive: true,
      pong: () => {
        throw new Error('mine')
      },
    })
    expect(run.receive('ping')).toBe(true)
    expect(errors).toMatchObject([{ message: 'mine' }])
  })
})

describe('a buffer that does not move', () => {
  it('is dead a timeout after the ping, whatever comes in', () => {
    const { clock, run, silences, network } = setUp()
    network.stalled = true
    for (let n = 0; n < 34; n++) {
      clock.advanceSync(1_000)
      run.receive('news')
    }
    expect(silences).toEqual([])
    clock.advanceSync(1_000)
    expect(silences).toEqual([35_000])
  })

  it('is not, once the pong came', () => {
    const { clock, run, silences, network } = setUp()
    network.stalled = true
    for (let n = 0; n < 20; n++) {
      clock.advanceSync(25_000)
      run.receive('pong')
    }
    expect(silences).toEqual([])
  })
})

it('B63 never waits for more than 8 pings: a server that leaves pings unanswered is measured anew', () => {
  const { clock, run, latencies, silences } = setUp()
  for (let n = 0; n < 9; n++) {
    clock.advanceSync(25_000)
    run.receive('news')
  }
  clock.advanceSync(70)
  run.receive('pong')
  expect([latencies, silences]).toEqual([[70], []])
})
