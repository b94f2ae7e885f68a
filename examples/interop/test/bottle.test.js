// Bottle with gevent-websocket: a server in Python, which is killed and comes back.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { enginesAreRequired } from '../../../tooling/engines.mjs'
import { startBottle, whatBottleLacks } from '../servers/bottle.js'
import { open } from './support.js'

const missing = whatBottleLacks()
if (missing) console.log(`Bottle is not tested: ${missing}`)
if (missing && enginesAreRequired) throw new Error(`Bottle is required: ${missing}`)

describe.skipIf(missing)('Bottle', () => {
  /** @type {Awaited<ReturnType<typeof startBottle>>} */
  let server

  beforeEach(async () => {
    server = await startBottle()
  })
  afterEach(() => server.close())

  it('sends text and binary back as they were', async () => {
    const { socket, heard } = open(server.url)
    const long = 'Grüße, 你好, ⚓. '.repeat(10_000)
    for (const message of ['ahoy', long, Uint8Array.of(0, 127, 128, 255).subarray(1)]) socket.send(message)
    const [text, longText, binary] = await heard(3)
    expect([text, longText]).toEqual(['ahoy', long])
    expect(new Uint8Array(/** @type {ArrayBuffer} */ (binary))).toEqual(Uint8Array.of(127, 128, 255))
  })

  it('B17 tells no code when it leaves, which is 1005 and a retry', async () => {
    const { socket, heard, closes } = open(server.url)
    await socket.opened()
    const reopened = socket.once('close').then(() => socket.once('open'))
    socket.send('leave')
    await reopened
    expect(closes).toEqual([
      expect.objectContaining({ code: 1005, reason: '', wasClean: true, origin: 'server' }),
    ])
    socket.send('back')
    expect(await heard(1)).toEqual(['back'])
  })

  it.each([
    ['without a reason by a frame without a code', '', { code: 1005, wasClean: true }],
    ['with a reason by a frame that is not valid', 'bye', { code: 1006, wasClean: false }],
  ])('answers our close %s, and it is closed all the same', async (_, reason, cause) => {
    const { socket, errors } = open(server.url, { closeTimeout: 60_000 })
    await socket.opened()
    await socket.close(1000, reason)
    expect(socket.state.get()).toMatchObject({ status: 'closed', cause: { ...cause, origin: 'user' } })
    expect(errors).toEqual([])
  })

  it('leaves 1006 when it is killed, and what is sent meanwhile arrives when it is back', async () => {
    const { socket, heard, closes } = open(server.url)
    await socket.opened()
    const lost = socket.once('close')
    await server.close()
    await lost
    expect(closes[0]).toMatchObject({ code: 1006, wasClean: false, origin: 'network' })
    for (const text of ['first', 'second', 'third']) socket.send(text)
    server = await startBottle({ port: server.port })
    expect(await heard(3)).toEqual(['first', 'second', 'third'])
  })
})
