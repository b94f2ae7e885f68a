// The journal: batches, retries, misfortune of the medium, and rows that it does not know.
import { describe, expect, it } from 'vitest'
import type { Elect, Voter } from '../../../src/queue/journal'
import { Medium } from './medium'
import { message, row, Sender } from './support'

/** A sender that leads, with an empty medium. */
async function leading(medium = new Medium(), options: Parameters<Medium['store']>[0] = {}) {
  const sender = new Sender(medium.store(options))
  await sender.clock.advance(0)
  expect(sender.log).toEqual(['lead'])
  sender.log.length = 0
  return { medium, sender, clock: sender.clock }
}

describe('batches', () => {
  it('writes what one task changed as one batch', async () => {
    const { medium, sender, clock } = await leading()
    sender.put('a', 'b')
    sender.run.put(message('a', { wasSent: true }))
    expect(medium.batches).toEqual([])
    await clock.advance(0)
    expect(medium.batches).toEqual([[{ add: row('a', { wasSent: true }) }, { add: row('b') }]])
    expect(sender.log).toEqual(['stored a b'])
  })

  it('writes nothing of what was put and removed in one task', async () => {
    const { medium, sender, clock } = await leading()
    sender.put('a')
    sender.run.remove('a', 'sent')
    await clock.advance(0)
    expect(medium.batches).toEqual([])
  })

  it('writes one batch at a time, and gathers the next one meanwhile', async () => {
    const { medium, sender, clock } = await leading()
    medium.does.write = 'hang'
    sender.put('a')
    await clock.advance(0)
    sender.put('b')
    await clock.advance(10)
    sender.run.remove('a', 'sent')
    sender.put('c')
    await clock.advance(10)
    expect(medium.batches).toHaveLength(1)
    medium.does = {}
    medium.answer()
    await clock.advance(0)
    expect(medium.batches.slice(1)).toEqual([[{ remove: 'a' }, { add: row('b') }, { add: row('c') }]])
    expect(medium.ids).toEqual(['b', 'c'])
  })

  it('writes a thousand changes at a time, in order', async () => {
    const { medium, sender, clock } = await leading()
    const ids = Array.from({ length: 2_500 }, (_, n) => `${n}`)
    sender.put(...ids)
    await clock.advance(0)
    expect(medium.batches.map(({ length }) => length)).toEqual([1_000, 1_000, 500])
    expect(medium.ids).toEqual(ids)
  })

  it('changes a row that is stored, and never brings one back that another sender took away', async () => {
    const { medium, sender, clock } = await leading()
    sender.put('a', 'b')
    await clock.advance(0)
    medium.disk.delete('a')
    sender.run.put(message('a', { wasSent: true }))
    sender.run.put(message('b', { wasSent: true }))
    await clock.advance(0)
    expect([...medium.disk.values()]).toEqual([row('b', { wasSent: true })])
  })
})

describe('B90 a write that fails', () => {
  it('is reported once, tried again after 1, 2, 4 … 60 seconds, and not stored before it is', async () => {
    const { medium, sender, clock } = await leading()
    medium.does.write = 'fail'
    sender.put('a')
    const tries: number[] = []
    for (let second = 0; second <= 200; second += 1) {
      const before = medium.batches.length
      await clock.advance(second ? 1_000 : 0)
      if (medium.batches.length > before) tries.push(second)
    }
    expect(tries).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183])
    expect(sender.log).toEqual(['error'])
    expect(sender.errors[0]).toMatchObject({
      name: 'SocketError',
      code: 'STORE',
      cause: { message: 'The medium fails to write' },
    })
    medium.does = {}
    await clock.advance(60_000)
    expect(sender.log).toEqual(['error', 'stored a'])
    expect(medium.ids).toEqual(['a'])
  })

  it('keeps the order, and holds each id once however long it takes', async () => {
    const { medium, sender, clock } = await leading()
    medium.does.write = 'fail'
    for (let round = 0; round < 50; round += 1) {
      sender.put('a', 'b', `once ${round}`)
      await clock.advance(10_000)
      sender.run.remove(`once ${round}`, 'dropped')
    }
    sender.put('c')
    await clock.advance(60_000)
    const added = medium.batches.at(-1)?.flatMap((change) => ('add' in change ? [change.add.id] : []))
    expect(added).toEqual(['a', 'b', 'c'])
    medium.does = {}
    await clock.advance(60_000)
    expect(medium.ids).toEqual(['a', 'b', 'c'])
  })

  it('keeps nobody from leading with what can be read, and is not told of again for that', async () => {
    const { medium, sender, clock } = await leading()
    medium.disk.set('old', row('old'))
    medium.does.write = 'fail'
    sender.put('a')
    await clock.advance(0)
    sender.run.stand(false)
    sender.run.stand(true)
    await clock.advance(0)
    expect(sender.log).toEqual(['error', 'follow', 'lead old'])
    await clock.advance(10_000)
    expect(sender.log).toEqual(['error', 'follow', 'lead old'])
  })

  it('is told of again when it failed, worked, and fails again', async () => {
    const { medium, sender, clock } = await leading()
    for (const id of ['a', 'b']) {
      medium.does.write = 'fail'
      sender.put(id)
      await clock.advance(2_500)
      medium.does = {}
      await clock.advance(5_000)
    }
    expect(sender.log).toEqual(['error', 'stored a', 'error', 'stored b'])
  })

  it('may have happened all the same: what was removed since is then removed', async () => {
    const { medium, sender, clock } = await leading()
    medium.does.write = 'fail'
    sender.put('a')
    await clock.advance(0)
    medium.disk.set('a', row('a'))
    sender.run.remove('a', 'sent')
    medium.does = {}
    await clock.advance(5_000)
    expect(medium.ids).toEqual([])
  })
})

describe('B89 a store that cannot be used', () => {
  it.each([
    ['rejects', () => Promise.reject(new Error('none'))],
    [
      'throws',
      () => {
        throw new Error('none')
      },
    ],
  ])('memory leads once, with one error, when open %s', async (_how, open) => {
    const sender = new Sender(new Medium().store({ open }))
    expect(sender.log).toEqual([])
    await sender.clock.advance(0)
    sender.put('a')
    sender.run.remove('a', 'sent')
    sender.run.clear()
    await sender.clock.advance(600_000)
    expect(sender.log).toEqual(['error', 'lead'])
    expect(sender.errors[0]).toMatchObject({ code: 'STORE', cause: { message: 'none' } })
    sender.run.stop()
    expect(sender.clock.timers).toBe(0)
  })

  it('memory leads after five seconds when open hangs; rows come when it answers, and what was put is written', async () => {
    const medium = new Medium()
    medium.does.open = 'hang'
    medium.disk.set('old', row('old'))
    const sender = new Sender(medium.store())
    await sender.clock.advance(0)
    sender.put('new')
    await sender.clock.advance(4_999)
    expect(sender.log).toEqual([])
    await sender.clock.advance(1)
    expect(sender.log).toEqual(['error', 'lead'])
    medium.answer()
    await sender.clock.advance(0)
    expect(sender.log).toEqual(['error', 'lead', 'rows old', 'stored new'])
    expect(medium.ids).toEqual(['old', 'new'])
  })

  it('memory leads when load rejects; rows come when it works again', async () => {
    const medium = new Medium()
    medium.does.load = 'fail'
    medium.disk.set('old', row('old'))
    const sender = new Sender(medium.store())
    await sender.clock.advance(0)
    expect(sender.log).toEqual(['error', 'lead'])
    await sender.clock.advance(20_000)
    expect(sender.log).toEqual(['error', 'lead'])
    medium.does = {}
    await sender.clock.advance(20_000)
    expect(sender.log).toEqual(['error', 'lead', 'rows old'])
  })

  it('memory leads when load hangs; rows come when it answers', async () => {
    const medium = new Medium()
    medium.does.load = 'hang'
    medium.disk.set('old', row('old'))
    const sender = new Sender(medium.store())
    await sender.clock.advance(5_000)
    expect(sender.log).toEqual(['error', 'lead'])
    medium.answer()
    await sender.clock.advance(0)
    expect(sender.log).toEqual(['error', 'lead', 'rows old'])
  })

  it('survives a load that gives no list', async () => {
    const sender = new Sender(
      new Medium().store({
        open: () => ({ load: async () => 'rows' as never, write: async () => {}, close() {} }),
      }),
    )
    await sender.clock.advance(0)
    expect(sender.log).toEqual(['error', 'lead'])
  })
})

describe('a sender that cannot send', () => {
  it('does not lead, and what it puts is stored', async () => {
    const medium = new Medium()
    medium.disk.set('old', row('old'))
    const sender = new Sender(medium.store(), { stands: false })
    sender.put('a')
    await sender.clock.advance(60_000)
    expect(sender.log).toEqual(['stored a'])
    sender.run.stand(true)
    await sender.clock.advance(0)
    expect(sender.log).toEqual(['stored a', 'lead old a'])
  })

  it('follows when it can send no more, and leads again with all rows', async () => {
    const { medium, sender, clock } = await leading()
    sender.put('a')
    await clock.advance(0)
    sender.run.stand(false)
    expect(sender.log).toEqual(['stored a', 'follow'])
    sender.put('b')
    await clock.advance(0)
    sender.run.stand(true)
    await clock.advance(0)
    expect(sender.log).toEqual(['stored a', 'follow', 'stored b', 'lead a b'])
    expect(medium.ids).toEqual(['a', 'b'])
  })

  it.each(['fail', 'hang'] as const)(
    'leads from memory as soon as it can, where open had to %s',
    async (does) => {
      const medium = new Medium()
      medium.does.open = does
      const sender = new Sender(medium.store(), { stands: false })
      await sender.clock.advance(10_000)
      expect(sender.log).toEqual(['error'])
      sender.run.stand(true)
      expect(sender.log).toEqual(['error', 'lead'])
      sender.run.stand(false)
      sender.run.stand(true)
      expect(sender.log).toEqual(['error', 'lead', 'follow', 'lead'])
    },
  )

  it('does not lead with rows that were loaded while it still could', async () => {
    const { medium, sender, clock } = await leading()
    sender.run.stand(false)
    medium.does.load = 'hang'
    sender.run.stand(true)
    await clock.advance(0)
    sender.run.stand(false)
    medium.answer()
    await clock.advance(0)
    expect(sender.log).toEqual(['follow'])
  })
})

describe('rows that are not known', () => {
  it('are set aside, reported once, and left where they are', async () => {
    const medium = new Medium()
    medium.foreign = [
      row('newer', { version: 2 }),
      { ...row('older'), version: undefined },
      null,
      'text',
      7,
      { version: 1 },
      row(7 as never),
      row('no data', { data: undefined as never }),
      row('odd data', { data: { secret: 1 } as never }),
      new Error('unreadable'),
    ]
    for (const id of ['newer', 'good']) medium.disk.set(id, row(id, id === 'newer' ? { version: 2 } : {}))
    const { log, errors, clock, run } = new Sender(medium.store())
    await clock.advance(0)
    expect(log).toEqual(['error', 'lead good'])
    expect(errors[0].code).toBe('STORE')
    expect(errors[0].message).not.toContain('secret')
    run.stand(false)
    run.stand(true)
    await clock.advance(0)
    expect(log).toEqual(['error', 'lead good', 'follow', 'lead good'])
    expect(medium.disk.get('newer')).toEqual(row('newer', { version: 2 }))
    expect(medium.batches).toEqual([])
  })

  it('count once where an id is there twice', async () => {
    const medium = new Medium()
    medium.foreign = [row('a', { data: 'first' })]
    medium.disk.set('a', row('a', { data: 'second' }))
    const sender = new Sender(medium.store())
    await sender.clock.advance(0)
    expect(sender.led).toEqual([message('a', { data: 'first' })])
  })

  it('are never taken for sent, as what cannot be read may be what was kept', async () => {
    const medium = new Medium()
    medium.foreign = [new Error('unreadable')]
    const sender = new Sender(medium.store(), { kept: ['a'] })
    await sender.clock.advance(0)
    expect(sender.log).toEqual(['error', 'lead'])
  })
})

describe('rows of an earlier run', () => {
  it('that are gone were sent by another', async () => {
    const medium = new Medium()
    medium.disk.set('b', row('b'))
    const sender = new Sender(medium.store(), { kept: ['a', 'b'], stands: false })
    await sender.clock.advance(0)
    expect(sender.log).toEqual(['sent a'])
  })

  it('are changed, removed and led like any other', async () => {
    const medium = new Medium()
    for (const id of ['a', 'b']) medium.disk.set(id, row(id))
    const sender = new Sender(medium.store(), { kept: ['a', 'b'] })
    sender.run.put(message('a', { wasSent: true }))
    sender.run.remove('b', 'sent')
    await sender.clock.advance(0)
    expect(sender.log).toEqual(['lead a', 'stored a'])
    expect([...medium.disk.values()]).toEqual([row('a', { wasSent: true })])
  })
})

describe('clear', () => {
  it('B92 forgets what is stored, what is gathered and what is being written, and not what comes after', async () => {
    const medium = new Medium()
    medium.disk.set('old', row('old', { version: 9 }))
    const sender = new Sender(medium.store())
    await sender.clock.advance(0)
    medium.does.write = 'hang'
    sender.put('a')
    await sender.clock.advance(0)
    sender.put('b')
    sender.run.clear()
    sender.put('c')
    medium.does = {}
    medium.answer()
    await sender.clock.advance(0)
    expect(medium.ids).toEqual(['c'])
    expect(sender.log).toEqual(['error', 'lead', 'stored c'])
  })

  it('hands over nothing of a load that was under way', async () => {
    const medium = new Medium()
    medium.disk.set('old', row('old'))
    medium.does.load = 'hang'
    const sender = new Sender(medium.store())
    await sender.clock.advance(0)
    sender.run.clear()
    medium.does = {}
    medium.answer()
    await sender.clock.advance(0)
    expect(sender.log).toEqual(['lead'])
    expect(medium.ids).toEqual([])
  })

  it('is tried again where it fails', async () => {
    const medium = new Medium()
    medium.disk.set('old', row('old'))
    const sender = new Sender(medium.store())
    await sender.clock.advance(0)
    medium.does.write = 'fail'
    sender.run.clear()
    sender.put('a')
    await sender.clock.advance(0)
    expect(medium.ids).toEqual(['old'])
    medium.does = {}
    await sender.clock.advance(1_000)
    expect(medium.ids).toEqual(['a'])
  })

  it('works in a run that does nothing else', async () => {
    const medium = new Medium()
    medium.disk.set('old', row('old'))
    const sender = new Sender(medium.store(), { stands: false })
    sender.run.clear()
    sender.run.stop()
    await sender.clock.advance(0)
    expect(medium.ids).toEqual([])
    expect(medium.closed).toBe(1)
  })
})

describe('encode and decode', () => {
  const encode = async (data: unknown) => `<${data}>`
  const decode = async (data: unknown) => String(data).slice(1, -1)

  it('stand between the message and the disk', async () => {
    const medium = new Medium()
    const { sender, clock } = await leading(medium, { encode, decode })
    sender.put('a')
    await clock.advance(0)
    expect(medium.disk.get('a')).toEqual(row('a', { data: '<data of a>' }))
    const next = new Sender(medium.store({ encode, decode }))
    await next.clock.advance(0)
    expect(next.led).toEqual([message('a')])
  })

  it('a message that encode does not take stays in memory, is reported, and holds up no other', async () => {
    const medium = new Medium()
    const picky = (data: unknown) => {
      if (data === 'data of bad') throw new Error('no')
      return encode(data)
    }
    const { sender, clock } = await leading(medium, { encode: picky, decode })
    sender.put('a', 'bad', 'b')
    await clock.advance(0)
    sender.run.remove('bad', 'sent')
    await clock.advance(100_000)
    expect(sender.log).toEqual(['error', 'stored a b'])
    expect(sender.errors[0]).toMatchObject({ code: 'STORE', cause: { message: 'no' } })
    expect(medium.ids).toEqual(['a', 'b'])
  })

  it('removes a row that was removed while it was being encoded', async () => {
    const medium = new Medium()
    const { sender, clock } = await leading(medium, { encode, decode })
    sender.put('a', 'b')
    clock.runTurns()
    sender.run.remove('b', 'sent')
    await clock.advance(0)
    expect(medium.ids).toEqual(['a'])
  })

  it.each([
    () => {
      throw new Error('no')
    },
    () => Promise.reject(new Error('no')),
    () => ({ not: 'data' }) as never,
  ])('a row that decode does not take is left and reported: %s', async (decode) => {
    const medium = new Medium()
    medium.disk.set('a', row('a'))
    const sender = new Sender(medium.store({ encode, decode }))
    await sender.clock.advance(0)
    expect(sender.log).toEqual(['error', 'lead'])
    expect(medium.ids).toEqual(['a'])
  })
})

describe('stop', () => {
  it('writes what was gathered, closes, and leaves no timer and no call behind', async () => {
    const { medium, sender, clock } = await leading()
    sender.put('a')
    sender.run.stop()
    sender.run.stop()
    sender.put('late')
    await clock.advance(100_000)
    expect(medium.ids).toEqual(['a'])
    expect(medium.closed).toBe(1)
    expect(clock.timers).toBe(0)
    expect(sender.log).toEqual([])
  })

  it('waits for the write under way, and writes once more', async () => {
    const { medium, sender, clock } = await leading()
    medium.does.write = 'hang'
    sender.put('a')
    await clock.advance(0)
    sender.put('b')
    sender.run.stop()
    medium.does = {}
    medium.answer()
    await clock.advance(0)
    expect(medium.ids).toEqual(['a', 'b'])
    expect(medium.closed).toBe(1)
  })

  it.each(['write', 'load', 'open'] as const)(
    'waits five seconds at most for a %s that hangs',
    async (call) => {
      const medium = new Medium()
      medium.does[call] = 'hang'
      const sender = new Sender(medium.store())
      await sender.clock.advance(0)
      sender.put('a')
      await sender.clock.advance(0)
      sender.run.stop()
      await sender.clock.advance(5_000)
      expect(medium.closed).toBe(call === 'open' ? 0 : 1)
      medium.answer()
      await sender.clock.advance(0)
      expect(medium.closed).toBe(1)
      expect(sender.clock.timers).toBe(0)
    },
  )

  it('ends at once where a write has been hanging for long', async () => {
    const { medium, sender, clock } = await leading()
    medium.does.write = 'hang'
    sender.put('a')
    await clock.advance(5_000)
    expect(sender.log).toEqual(['error'])
    sender.run.stop()
    expect(medium.closed).toBe(1)
    medium.answer()
    await clock.advance(100_000)
    expect(medium.closed).toBe(1)
    expect(sender.log).toEqual(['error'])
  })

  it('gives up a write that fails, and the retry that waits', async () => {
    const { medium, sender, clock } = await leading()
    medium.does.write = 'fail'
    sender.put('a')
    await clock.advance(0)
    sender.run.stop()
    await clock.advance(100_000)
    expect(medium.batches).toHaveLength(2)
    expect(medium.closed).toBe(1)
    expect(clock.timers).toBe(0)
  })

  it('opens nothing where it comes before the store was opened, and there is nothing to write', async () => {
    const medium = new Medium()
    const sender = new Sender(medium.store())
    sender.run.stop()
    await sender.clock.advance(0)
    expect(medium.calls).toEqual([])
  })
})

describe('news from others', () => {
  /** A medium whose load hangs, and what an election would tell. */
  async function electing(medium: Medium) {
    const voters: Voter[] = []
    const elect: Elect = (_partition, voter) => {
      voters.push(voter)
      return { stand() {}, tell() {}, claim() {}, stop() {} }
    }
    const sender = new Sender(medium.store({ elect }))
    await sender.clock.advance(0)
    medium.does.load = 'hang'
    return { sender, clock: sender.clock, voter: voters[0] as Voter }
  }

  it.each(['sent', 'dropped'] as const)(
    'of a row that was %s count more than a load that still shows it',
    async (how) => {
      const medium = new Medium()
      for (const id of ['a', 'b']) medium.disk.set(id, row(id))
      const { sender, clock, voter } = await electing(medium)
      voter.onLead()
      await clock.advance(0)
      voter.onNews({ [how]: ['a'] })
      medium.answer()
      await clock.advance(0)
      expect(sender.log).toEqual(['lead b'])
    },
  )

  it('of a row that is being written count more: it is taken away again', async () => {
    const medium = new Medium()
    const { sender, clock, voter } = await electing(medium)
    medium.does.write = 'hang'
    sender.put('a', 'b')
    await clock.advance(0)
    voter.onNews({ sent: ['a'] })
    medium.does = {}
    medium.answer()
    await clock.advance(0)
    expect(sender.log).toEqual(['sent a', 'stored b'])
    expect(medium.ids).toEqual(['b'])
  })

  it('of rows that are added while all are loaded are looked at as well', async () => {
    const medium = new Medium()
    const { sender, clock, voter } = await electing(medium)
    voter.onLead()
    await clock.advance(0)
    medium.does = {}
    medium.answer()
    voter.onNews({ added: ['a'] })
    await clock.advance(0)
    medium.disk.set('b', row('b'))
    voter.onNews({ added: ['b'] })
    await clock.advance(0)
    expect(sender.log).toEqual(['lead', 'rows b'])
  })

  it('of rows that are added while others are loaded are all looked at', async () => {
    const medium = new Medium()
    const { sender, clock, voter } = await electing(medium)
    medium.does = {}
    voter.onLead()
    await clock.advance(0)
    medium.does.load = 'hang'
    for (const id of ['a', 'b', 'c']) {
      medium.disk.set(id, row(id))
      voter.onNews({ added: [id] })
    }
    medium.does = {}
    medium.answer()
    await clock.advance(0)
    expect(sender.log).toEqual(['lead', 'rows a', 'rows b c'])
  })
})

it('rows that are slow to load are not loaded again and again', async () => {
  const medium = new Medium()
  medium.disk.set('a', row('a'))
  const voters: Voter[] = []
  const elect: Elect = (_partition, voter) => {
    voters.push(voter)
    return { stand() {}, tell() {}, claim() {}, stop() {} }
  }
  const { log, clock } = new Sender(medium.store({ elect }))
  await clock.advance(0)
  medium.does.load = 'hang'
  voters[0]?.onLead()
  for (let beat = 0; beat < 3; beat += 1) {
    await clock.advance(20_000)
    voters[0]?.onBeat()
  }
  medium.answer()
  await clock.advance(0)
  expect(log).toEqual(['error', 'lead', 'rows a'])
  expect(medium.calls).toEqual(['open', 'load'])
})

it('rows that were loaded are handed to nobody once there is no election to be had', async () => {
  const medium = new Medium()
  medium.disk.set('a', row('a'))
  const voters: Voter[] = []
  const elect: Elect = (_partition, voter) => {
    voters.push(voter)
    return { stand() {}, tell() {}, claim() {}, stop() {} }
  }
  const { log, clock } = new Sender(medium.store({ elect }))
  await clock.advance(0)
  medium.does.load = 'hang'
  voters[0]?.onLead()
  await clock.advance(0)
  voters[0]?.onError(new Error('no locks'))
  medium.answer()
  await clock.advance(0)
  expect(log).toEqual(['error', 'lead'])
})

it('rows are loaded once by the one that leads, and by a follower only where it kept some', async () => {
  const calls = async (leads: boolean, kept: readonly string[]) => {
    const medium = new Medium()
    const elect: Elect = (_partition, voter) => ({
      stand: (ready) => ready && leads && voter.onLead(),
      tell() {},
      claim() {},
      stop() {},
    })
    await new Sender(medium.store({ elect }), { kept }).clock.advance(0)
    return medium.calls
  }
  expect(await calls(true, [])).toEqual(['open', 'load'])
  expect(await calls(false, [])).toEqual(['open'])
  expect(await calls(false, ['a'])).toEqual(['open', 'load'])
})

it('a host that throws is told so, and the store goes on', async () => {
  const { medium, sender, clock } = await leading()
  const log = sender.log as string[] & { push: unknown }
  const push = log.push
  log.push = () => {
    log.push = push
    throw new Error('of the host')
  }
  sender.put('a')
  await clock.advance(0)
  sender.put('b')
  await clock.advance(0)
  expect(medium.ids).toEqual(['a', 'b'])
  expect(sender.errors[0]).toMatchObject({ message: 'of the host' })
  expect(sender.log).toContain('stored b')
})
