// What the page makes of what it knows: the tally of a lane, the words for its state, what was done to the server.
import { describe, expect, it } from 'vitest'
import { deedsBetween, guideTo, whole } from '../src/model/faults.ts'
import { LaneRecord } from '../src/model/lane-record.ts'
import { Lines } from '../src/model/lines.ts'
import { createTally } from '../src/model/tally.ts'
import { countdown, describe as wordsFor } from '../src/model/words.ts'

/** A count in which the notes up to `highest` arrived, but for so many. @param {number} highest @param {number} [less] */
const counted = (highest, less = 0) => ({
  highest,
  arrived: highest - less,
  doubled: 0,
  reordered: 0,
  open: 1,
  connections: 1,
})
const facts = { sent: 10, waiting: 0, count: counted(10), isHeld: false }

describe('the tally', () => {
  it('calls under way what was sent and neither waits nor arrived', () => {
    const tally = createTally()
    expect(tally({ ...facts, waiting: 3, count: counted(5) }, 0)).toMatchObject({
      sent: 10,
      waiting: 3,
      underWay: 2,
      arrived: 5,
      lost: 0,
    })
    expect(createTally()({ ...facts, count: undefined }, 0)).toMatchObject({ underWay: 10, arrived: 0 })
  })

  it('calls lost what later notes have overtaken for a while, also while more arrive', () => {
    const tally = createTally()
    tally(facts, 0)
    for (let n = 20; n < 170; n += 10) {
      const { lost, underWay } = tally({ ...facts, sent: n, count: counted(n, 2) }, n * 10)
      expect(lost + underWay).toBe(2)
    }
    expect(tally({ ...facts, sent: 200, count: counted(200, 2) }, 2_000)).toMatchObject({
      lost: 2,
      underWay: 0,
    })
  })

  it('does not call lost what was overtaken only for a moment', () => {
    const tally = createTally()
    tally(facts, 0)
    expect(tally({ ...facts, sent: 20, count: counted(20, 5) }, 1_000)).toMatchObject({
      lost: 0,
      underWay: 5,
    })
    expect(tally({ ...facts, sent: 20, count: counted(20) }, 1_400)).toMatchObject({ lost: 0, underWay: 0 })
  })

  it('calls lost what comes after the last arrival once all is silent, but not while the network holds it', () => {
    const tally = createTally()
    const silent = { ...facts, count: counted(7) }
    expect(tally({ ...silent, isHeld: true }, 0)).toMatchObject({ underWay: 3, lost: 0 })
    expect(tally({ ...silent, isHeld: true }, 60_000)).toMatchObject({ underWay: 3, lost: 0 })
    expect(tally(silent, 63_999)).toMatchObject({ underWay: 3, lost: 0 })
    expect(tally(silent, 64_000)).toMatchObject({ underWay: 0, lost: 3 })
  })

  it('takes back that a note is lost when it arrives after all', () => {
    const tally = createTally()
    tally({ ...facts, count: counted(10, 4) }, 0)
    expect(tally({ ...facts, count: counted(10, 4) }, 5_000).lost).toBe(4)
    expect(tally(facts, 5_100)).toMatchObject({ lost: 0, underWay: 0, arrived: 10 })
  })

  it('keeps calling lost what it called lost in a silence, while new notes arrive', () => {
    const tally = createTally()
    /** @type {[number, number][]} */
    const changes = []
    for (let now = 0, sent = 10; now <= 12_000; now += 100) {
      if (now >= 8_000) sent++
      const { lost } = tally(
        { ...facts, sent, count: counted(sent === 10 ? 9 : sent, sent === 10 ? 0 : 1) },
        now,
      )
      if (lost !== (changes.at(-1)?.[1] ?? 0)) changes.push([now, lost])
    }
    expect(changes).toEqual([[4_000, 1]])
  })

  it('takes back a loss once its notes arrive, whatever else is under way', () => {
    const tally = createTally()
    const silent = { ...facts, count: counted(7) }
    tally(silent, 0)
    expect(tally(silent, 4_000)).toMatchObject({ lost: 3, underWay: 0 })
    expect(tally({ ...silent, sent: 30 }, 4_100)).toMatchObject({ lost: 3, underWay: 20 })
    expect(tally({ ...silent, sent: 30, count: counted(9) }, 4_200)).toMatchObject({ lost: 1, underWay: 20 })
    expect(tally({ ...silent, sent: 30, count: counted(10) }, 4_300)).toMatchObject({ lost: 0, underWay: 20 })
  })

  it('takes back a loss when the notes come back to the queue', () => {
    const tally = createTally()
    const silent = { ...facts, count: counted(7) }
    tally(silent, 0)
    expect(tally(silent, 4_000)).toMatchObject({ lost: 3, waiting: 0 })
    expect(tally({ ...silent, waiting: 2 }, 4_100)).toMatchObject({ lost: 1, waiting: 2, underWay: 0 })
    expect(tally({ ...silent, waiting: 0 }, 4_200)).toMatchObject({ lost: 1, underWay: 2 })
  })

  it('gives the same object while nothing changes', () => {
    const tally = createTally()
    expect(tally(facts, 100)).toBe(tally(facts, 0))
  })
})

describe('the words for a state', () => {
  const lost = {
    code: 1006,
    reason: '',
    wasClean: false,
    origin: /** @type {const} */ ('network'),
    uncertain: { messages: 0, bytes: 0 },
  }

  it('count down to the next attempt and say why', () => {
    const waiting = /** @type {const} */ ({ status: 'waiting', attempt: 1, retryAt: 3_000, cause: lost })
    expect(wordsFor(waiting, 100)).toEqual({
      tone: 'wait',
      word: 'Retrying',
      detail: 'in 3 s: connection lost',
    })
    expect(countdown(3_000, 3_001)).toBe('now')
  })

  it.for(
    /** @type {const} */ ([
      ['heartbeat', 1006, '', 'no answer to a ping'],
      ['server', 4400, 'why', 'closed with 4400 “why”'],
      ['server', 1000, '', 'closed with 1000'],
      ['timeout', 1006, '', 'nobody answered'],
      ['auth', 4401, '', 'the token was refused'],
    ]),
  )('name %s with %i %s as "%s"', ([origin, code, reason, text]) => {
    const closed = { status: /** @type {const} */ ('closed'), cause: { ...lost, origin, code, reason } }
    expect(wordsFor(closed, 0).detail).toBe(`${text}, which says not to come back`)
  })
})

describe('what was done', () => {
  it('is seen from what is broken, also by a window that did not do it', () => {
    const broken = { killed: true, stalled: true, rate: 1_024, latency: 0, refusing: true }
    expect(deedsBetween(whole, broken)).toEqual(['kill', 'stall', 'refuse', 'slow'])
    expect(deedsBetween(broken, whole)).toEqual(['restart', 'heal', 'accept', 'fast'])
    expect(deedsBetween(broken, broken)).toEqual([])
  })

  it('is told apart by what else is broken', () => {
    expect(guideTo('reset').text).not.toContain('Heal the network')
    expect(guideTo('reset', { isStalled: true }).text).toContain('Heal the network')
    expect(guideTo('expire').text).not.toContain('Accept tokens')
    expect(guideTo('expire', { isRefusing: true }).text).toContain('Accept tokens')
  })

  it('has a guide for each close code that can be chosen', () => {
    for (const code of [1012, 1013, 1000, 4400])
      expect(guideTo('close', { code }).title).toContain(String(code))
  })
})

describe('the last minute', () => {
  it('keeps the state that lasted when it began, and forgets what ended before', () => {
    const record = new LaneRecord()
    record.enter('connecting', 0)
    record.enter('open', 100)
    record.enter('open', 150)
    record.mark('attempt', 50)
    record.mark('ping', 250)
    record.enter('waiting', 300)
    record.forget(200)
    expect(record.phases).toEqual([
      { status: 'open', from: 100 },
      { status: 'waiting', from: 300 },
    ])
    expect(record.marks).toEqual([{ kind: 'ping', at: 250 }])
    expect(record.attempts).toBe(1)
    record.forget(1_000)
    expect(record.phases).toEqual([{ status: 'waiting', from: 300 }])
    expect(record.marks).toEqual([])
  })

  it('has as many values in each line as it has times', () => {
    const lines = new Lines(2)
    for (let time = 0; time < 100; time++) lines.push(time, [time, null], time - 60)
    expect(lines.times[0]).toBe(39)
    expect(lines.columns.map(({ length }) => length)).toEqual([61, 61])
    expect([lines.now(0), lines.peak(0), lines.now(1), lines.peak(1)]).toEqual([99, 99, undefined, undefined])
  })
})
