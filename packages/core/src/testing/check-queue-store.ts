// checkQueueStore: what every store must do, for stores of an app's own, in any test runner or none.

import type { QueueStore, QueueStoreRun, StoredMessage } from '../queue/store'
import type { WireData } from '../types'

export interface CheckQueueStoreOptions {
  /**
   * Registers each case with a test runner: `it` or `test` of most. Without it the cases run one after the other.
   */
  readonly test?: (name: string, run: () => Promise<void>) => unknown
  /** Milliseconds that the store may take for anything. @default 10_000 */
  readonly timeout?: number
}

/**
 * Runs a store through the cases that every store must pass: what is put comes back after a restart, whole and in order;
 * what is removed does not; each identity has its own.
 *
 * @param make gives an empty store. All that is begun with one and the same must find the same rows: a restart is a
 *   second `begin`. It is called once for each case
 * @returns the names of the cases that passed; none when they went to a test runner
 * @throws {Error} that names the first case that failed, with what it expected, and the error as its `cause`
 *
 * @example
 * it('my store', () => checkQueueStore(() => queueStore({ name: crypto.randomUUID(), open: openMine })))
 */
export async function checkQueueStore(
  make: () => QueueStore | Promise<QueueStore>,
  { test, timeout = 10_000 }: CheckQueueStoreOptions = {},
): Promise<readonly string[]> {
  const passed: string[] = []
  for (const [name, run] of Object.entries(cases)) {
    const check = async () => {
      const bench = new Bench(await make(), timeout)
      try {
        await run(bench)
      } catch (error) {
        throw new Error(`A store ${name}: ${(error as Error).message}`, { cause: error })
      } finally {
        bench.stop()
      }
    }
    if (test) test(name, check)
    else {
      await check()
      passed.push(name)
    }
  }
  return passed
}

const cases: Record<string, (bench: Bench) => Promise<void>> = {
  async 'leads with no rows at first, in a later task'(bench) {
    const sender = bench.begin()
    expectSame(sender.hasLed, false, 'whether it leads in `begin`')
    expectSame(await sender.led(), [], 'an empty store')
  },

  async 'keeps what was stored, whole and in order'(bench) {
    const messages = [
      message('b'),
      message('a', { key: 'draft', expiresAt: 1_800_000_000_000 }),
      message('c', { wasSent: true }),
      message('d', { data: '' }),
      message('e', { data: '\ud800 lone, \0 zero, 🪢 rope, "quoted"\n', key: '' }),
    ]
    await keep(bench.begin(), messages)
    expectSame(await bench.restart(messages), messages, 'after a restart')
  },

  async 'keeps what is put before it leads'(bench) {
    const sender = bench.begin()
    sender.run.put(message('early'))
    await sender.led()
    await sender.stored('early')
    sender.stop()
    await bench.restart([message('early')])
  },

  async 'tells that a message is stored once it is'(bench) {
    const sender = bench.begin()
    await sender.led()
    sender.run.put(message('a'))
    expectSame(sender.isStored('a'), false, 'whether it is stored in the same task')
    await sender.stored('a')
    sender.run.put(message('a', { wasSent: true }))
    expectSame(sender.isStored('a'), false, 'whether its change is stored in the same task')
    await sender.stored('a')
  },

  async 'writes what is left when it stops'(bench) {
    const sender = bench.begin()
    const messages = Array.from({ length: 20 }, (_, n) => message(`m${n}`))
    await sender.led()
    for (const one of messages) sender.run.put(one)
    sender.stop()
    await bench.restart(messages)
  },

  async 'calls nobody once it has stopped'(bench) {
    const sender = bench.begin()
    sender.run.put(message('a'))
    sender.stop()
    sender.run.put(message('b'))
    sender.run.remove('a', 'sent')
    sender.run.clear()
    sender.run.stop()
    await bench.restart([message('a')])
    expectSame(sender.lateCalls, [], 'what was called after stop')
  },

  async 'replaces a message in its place'(bench) {
    const sender = bench.begin()
    const changed = message('b', { data: 'changed', wasSent: true })
    await keep(sender, [message('a'), message('b'), message('c')], { stop: false })
    sender.run.put(changed)
    await sender.stored('b')
    sender.stop()
    const messages = [message('a'), changed, message('c')]
    expectSame(await bench.restart(messages), messages, 'after a restart')
  },

  async 'forgets what was removed'(bench) {
    const sender = bench.begin()
    await keep(sender, [message('a'), message('b'), message('c')], { stop: false })
    sender.run.remove('b', 'sent')
    sender.run.remove('never put', 'dropped')
    sender.run.put(message('d'))
    await sender.stored('d')
    sender.stop()
    await bench.restart([message('a'), message('c'), message('d')])
    const next = bench.begin()
    await next.ledWith(['a', 'c', 'd'])
    for (const id of ['a', 'c', 'd']) next.run.remove(id, 'dropped')
    next.run.put(message('e'))
    await next.stored('e')
    next.stop()
    await bench.restart([message('e')])
  },

  async 'keeps nothing of a message that was removed before it was written'(bench) {
    const sender = bench.begin()
    await sender.led()
    sender.run.put(message('a'))
    sender.run.remove('a', 'sent')
    sender.run.put(message('b'))
    await sender.stored('b')
    sender.stop()
    await bench.restart([message('b')])
  },

  async 'keeps buffers and views byte by byte'(bench) {
    const bytes = Uint8Array.from({ length: 70_000 }, (_, n) => n)
    const messages = [
      message('buffer', { data: bytes.slice().buffer }),
      message('view', { data: bytes.subarray(3, 300) }),
      message('empty', { data: new ArrayBuffer(0) }),
    ]
    await keep(bench.begin(), messages)
    await expectSameBytes(await bench.restart(messages), messages)
  },

  async 'keeps Blobs'(bench) {
    if (typeof Blob === 'undefined') return
    const messages = [message('blob', { data: new Blob([Uint8Array.of(1, 2, 255), 'text']) })]
    await keep(bench.begin(), messages)
    await expectSameBytes(await bench.restart(messages), messages)
  },

  async 'keeps identities apart'(bench) {
    const identities = [
      undefined,
      '',
      'null',
      'undefined',
      'a',
      'a/b',
      'a"b',
      '["a"]',
      '\ud800',
      'ä'.repeat(40),
    ]
    for (const [n, identity] of identities.entries()) await keep(bench.begin(identity), [message(`of ${n}`)])
    for (const [n, identity] of identities.entries()) await bench.restart([message(`of ${n}`)], identity)
  },

  async 'clears one identity and no other'(bench) {
    await keep(bench.begin('ann'), [message('a'), message('b')])
    await keep(bench.begin('ben'), [message('c')])
    await bench.restart([message('a'), message('b')], 'ann')
    const sender = bench.begin('ann')
    await sender.ledWith(['a', 'b'])
    sender.run.clear()
    sender.run.put(message('d'))
    await sender.stored('d')
    sender.stop()
    await bench.restart([message('d')], 'ann')
    await bench.restart([message('c')], 'ben')
  },

  async 'keeps 500 messages in order, also when they change'(bench) {
    const sender = bench.begin()
    const messages = Array.from({ length: 500 }, (_, n) => message(`${(n * 7_919) % 500}`))
    await keep(sender, messages, { stop: false })
    for (const one of messages) sender.run.put({ ...one, wasSent: true })
    for (const [n, { id }] of messages.entries()) if (n % 3 === 0) sender.run.remove(id, 'sent')
    sender.run.put(message('last'))
    await sender.stored('last')
    sender.stop()
    const rest = messages.flatMap((one, n) => (n % 3 === 0 ? [] : [{ ...one, wasSent: true }]))
    const expected = [...rest, message('last')]
    expectSame(await bench.restart(expected), expected, 'after a restart')
  },
}

async function keep(
  sender: Sender,
  messages: readonly StoredMessage[],
  { stop = true }: { stop?: boolean } = {},
): Promise<void> {
  await sender.led()
  for (const one of messages) sender.run.put(one)
  for (const { id } of messages) await sender.stored(id)
  if (stop) sender.stop()
}

function message(id: string, changes: Partial<StoredMessage> = {}): StoredMessage {
  return { id, data: `data of ${id}`, expiresAt: undefined, key: undefined, wasSent: false, ...changes }
}

const ids = (messages: readonly StoredMessage[]) => messages.map(({ id }) => id)

/** One store, and all that was begun with it. */
class Bench {
  readonly #store: QueueStore
  readonly #timeout: number
  readonly #senders: Sender[] = []

  constructor(store: QueueStore, timeout: number) {
    this.#store = store
    this.#timeout = timeout
  }

  begin(identity?: string): Sender {
    const sender = new Sender(this.#store, identity, this.#timeout)
    this.#senders.push(sender)
    return sender
  }

  /** Begins again, until these are the rows: the one that stopped may still be writing. Gives the rows. */
  async restart(expected: readonly StoredMessage[], identity?: string): Promise<readonly StoredMessage[]> {
    const deadline = Date.now() + this.#timeout
    for (;;) {
      const sender = this.begin(identity)
      const rows = await sender.led()
      sender.stop()
      if (show(ids(rows)) === show(ids(expected))) return rows
      if (Date.now() > deadline) {
        const of = identity === undefined ? '' : ` for the identity ${JSON.stringify(identity)}`
        expectSame(ids(rows), ids(expected), `after a restart${of}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  stop(): void {
    for (const sender of this.#senders) sender.stop()
  }
}

/** One sender that uses the store, and what the store told it. */
class Sender {
  readonly run: QueueStoreRun
  hasLed = false
  /** What was called after it stopped. */
  readonly lateCalls: string[] = []
  readonly #rows: StoredMessage[] = []
  readonly #stored = new Set<string>()
  readonly #waiting = new Set<() => void>()
  readonly #timeout: number
  #hasStopped = false
  #error: unknown

  constructor(store: QueueStore, identity: string | undefined, timeout: number) {
    this.#timeout = timeout
    const called =
      <Args extends unknown[]>(name: string, act: (...args: Args) => void) =>
      (...args: Args) => {
        if (this.#hasStopped) this.lateCalls.push(name)
        act(...args)
        for (const look of [...this.#waiting]) look()
      }
    const rows = (rows: readonly StoredMessage[]) => void this.#rows.push(...rows)
    this.run = store.begin({
      clock: {
        now: () => Date.now(),
        setTimeout: (fn, delay) => setTimeout(fn, delay),
        clearTimeout: (timer) => clearTimeout(timer as never),
        turn: (fn) => void setTimeout(fn),
      },
      identity,
      kept: [],
      onLead: called('onLead', (all: readonly StoredMessage[]) => {
        this.hasLed = true
        rows(all)
      }),
      onRows: called('onRows', rows),
      onFollow: called('onFollow', () => {}),
      onDone: called('onDone', () => {}),
      onStored: called('onStored', (stored: readonly string[]) => {
        for (const id of stored) this.#stored.add(id)
      }),
      onError: called('onError', (error: unknown) => {
        this.#error ??= error
      }),
    })
    this.run.stand(true)
  }

  isStored(id: string): boolean {
    return this.#stored.has(id)
  }

  async led(): Promise<readonly StoredMessage[]> {
    await this.#until(() => this.hasLed, 'it led')
    return this.#rows
  }

  async ledWith(expected: readonly string[]): Promise<void> {
    expectSame(ids(await this.led()), expected, 'what it leads with')
  }

  /** Resolves once the message was stored, and counts on from there. */
  async stored(id: string): Promise<void> {
    await this.#until(() => this.#stored.has(id), `the message ${id} was stored`)
    this.#stored.delete(id)
  }

  stop(): void {
    this.#hasStopped = true
    this.run.stop()
  }

  async #until(holds: () => boolean, what: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(look)
        const why = this.#error ? ` It reported: ${this.#error}` : ''
        reject(new Error(`waited ${this.#timeout} ms until ${what}.${why}`, { cause: this.#error }))
      }, this.#timeout)
      const look = () => {
        if (!holds()) return
        clearTimeout(timer)
        this.#waiting.delete(look)
        resolve()
      }
      this.#waiting.add(look)
      look()
    })
  }
}

/** Text that tells values apart, undefined and lone surrogates included. */
const show = (value: unknown) =>
  JSON.stringify(value, (_key, part) => (part === undefined ? '(undefined)' : part), 1) ?? 'undefined'

function expectSame(actual: unknown, expected: unknown, what: string): void {
  const [got, wanted] = [show(plain(actual)), show(plain(expected))]
  if (got !== wanted) throw new Error(`${what}, expected ${wanted}, got ${got}`)
}

/** The five fields of messages alone, in one order. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null || !('id' in value)) return value
  const { id, data, expiresAt, key, wasSent } = value as StoredMessage
  return { id, data, expiresAt, key, wasSent }
}

async function expectSameBytes(
  actual: readonly StoredMessage[],
  expected: readonly StoredMessage[],
): Promise<void> {
  expectSame(ids(actual), ids(expected), 'after a restart')
  for (const [n, { id, data }] of expected.entries()) {
    const [got, wanted] = [await bytes(actual[n]?.data), await bytes(data)]
    if (got.length !== wanted.length || got.some((byte, at) => byte !== wanted[at]))
      throw new Error(`the bytes of ${id} must be the same`)
  }
}

/** Whatever kind of binary it has become: all of them go over the wire alike. */
async function bytes(data: WireData | undefined): Promise<Uint8Array> {
  if (data === undefined || typeof data === 'string') throw new Error('binary must not become text')
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return new Uint8Array('size' in data ? await new Response(data).arrayBuffer() : data)
}
