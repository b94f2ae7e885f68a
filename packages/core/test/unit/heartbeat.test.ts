// The heartbeat with its one timer, on a clock that the test moves.
import { describe, expect, it } from 'vitest'
import { type HeartbeatOptions, heartbeat } from '../../src/heartbeat/heartbeat'
import { manualClock } from '../../src/testing'
import { thrown } from './support'

function setUp(options: HeartbeatOptions = {}, codec = 'raw') {
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
