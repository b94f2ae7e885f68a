// How connections begin, end and come back: against a real server behind a proxy, the same in Node and in each engine.

import { describe, expect, it } from 'vitest'
import { exponentialBackoff } from '../../src/index'
import { useRig } from '../support/harness'
import { open } from './support'

const startRig = useRig()

describe('a relative URL', () => {
  it.runIf('document' in globalThis)('is resolved against the base of the page as it is then', async () => {
    const [one, other] = [await startRig(), await startRig()]
    const base = document.createElement('base')
    const dialled: string[] = []
    const { socket } = open('live?room=1', {
      inspect: (event) => event.type === 'attempt' && dialled.push(event.attempt.url),
    })
    const opened = async () => {
      socket.reconnect()
      await socket.once('open')
    }
    const under = (url: string) => new URL('page/', url).href
    try {
      base.href = under(one.url)
      document.head.append(base)
      await opened()
      base.href = under(other.url)
      await opened()
    } finally {
      base.remove()
    }
    expect(dialled).toEqual([one.url, other.url].map((url) => new URL('live?room=1', under(url)).href))
  })
})

describe('a connection that ends', () => {
  it('B16 reports a refused connection as 1006, and not clean', async () => {
    const rig = await startRig()
    await rig.refuse()
    const { socket, closes } = open(rig.url)
    socket.connect()
    await socket.once('close')
    expect(closes[0]).toMatchObject({ code: 1006, reason: '', wasClean: false, origin: 'network' })
    await rig.accept()
    await socket.opened()
  })

  it.each([401, 503])('B16 reports HTTP %i at the handshake as 1006', async (status) => {
    const rig = await startRig({ handshake: status })
    const { socket, closes } = open(rig.url)
    socket.connect()
    await socket.once('close')
    expect(closes[0]).toMatchObject({ code: 1006, wasClean: false, origin: 'network' })
  })

  it.each(['reset', 'end'] as const)('comes back after a %s of the network', async (fault) => {
    const rig = await startRig({ echo: true })
    const { socket, closes, heard, messages } = open(rig.url)
    socket.connect()
    await socket.once('open')
    const reopened = socket.once('open')
    await rig[fault]()
    await reopened
    expect(closes).toEqual([expect.objectContaining({ code: 1006, wasClean: false, origin: 'network' })])
    socket.send('again')
    await heard(1)
    expect(messages).toEqual(['again'])
  })

  it('B17 comes back after 1001, and says with which words the server went', async () => {
    const rig = await startRig()
    const { socket, closes } = open(rig.url)
    socket.connect()
    await socket.once('open')
    const reopened = socket.once('open')
    await rig.close(1001, 'deploy')
    await reopened
    expect(closes).toEqual([
      expect.objectContaining({ code: 1001, reason: 'deploy', wasClean: true, origin: 'server' }),
    ])
    expect((await rig.counts()).connections).toBe(2)
  })

  it.each([1000, 4404])('B17, B18 stops after %i, with an empty reason too', async (code) => {
    const rig = await startRig()
    const { socket, reached } = open(rig.url)
    socket.connect()
    await socket.once('open')
    await rig.close(code, '')
    await reached('closed')
    expect(socket.state.get()).toMatchObject({ cause: { code, reason: '', origin: 'server' } })
    expect((await rig.counts()).handshakes).toBe(1)
  })

  it('delivers nothing of a frame that was cut in the middle', async () => {
    const rig = await startRig({ echo: true })
    const { socket, messages, heard } = open(rig.url)
    socket.connect()
    await socket.once('open')
    const reopened = socket.once('open')
    await rig.cut(1_000, 'down')
    await rig.send('x'.repeat(10_000))
    await reopened
    socket.send('whole')
    await heard(1)
    expect(messages).toEqual(['whole'])
  })

  it('B5 meets a server that drops at once at most five times in two seconds, with the default delays', async () => {
    const rig = await startRig({ handshake: 'drop' })
    const { socket } = open(rig.url, { retryDelay: exponentialBackoff() })
    socket.connect()
    await expect(rig.until('handshakes', 6, 2_000)).rejects.toThrow('No 6 handshakes')
    expect(socket.state.get()).toMatchObject({ attempt: expect.any(Number) })
  })
})

describe('an attempt that hangs', () => {
  it('B35, B119 is given up at connectTimeout, and does not hold up the next', async () => {
    const rig = await startRig()
    await rig.blackHole()
    const { socket, closes, errors } = open(rig.url, { connectTimeout: 300 })
    socket.connect()
    await socket.once('close')
    expect(closes[0]).toMatchObject({ code: 1006, origin: 'timeout' })
    expect(errors[0]).toMatchObject({ code: 'CONNECT_TIMEOUT' })
    await rig.blackHole(false)
    await socket.opened()
  })

  it('B22 ends with one close and no open when it is closed by the user', async () => {
    const rig = await startRig({ handshake: 'hang' })
    const { socket, closes, opens } = open(rig.url)
    socket.connect()
    await rig.until('handshakes', 1)
    await socket.close()
    expect(socket.state.get()).toMatchObject({ status: 'closed', cause: { origin: 'user' } })
    await rig.behave({ handshake: 'accept' })
    const other = open(rig.url)
    other.socket.connect()
    await other.socket.opened()
    expect([opens(), closes.length, (await rig.counts()).handshakes]).toEqual([0, 1, 2])
  })
})

describe("the user's close", () => {
  it('tells the server its code and reason', async () => {
    const rig = await startRig()
    const { socket } = open(rig.url)
    socket.connect()
    await socket.opened()
    await socket.close(4001, 'bye')
    await rig.until('closed', 1)
    expect((await rig.connections())[0]).toMatchObject({ closed: { code: 4001, reason: 'bye' } })
    expect(socket.state.get()).toMatchObject({ cause: { code: 4001, wasClean: true, origin: 'user' } })
  })

  it('B29, B120 is done after closeTimeout on a link that is stalled', async () => {
    const rig = await startRig()
    const { socket, closes } = open(rig.url, { closeTimeout: 200 })
    socket.connect()
    await socket.opened()
    await rig.stall()
    await socket.close()
    expect(closes).toEqual([expect.objectContaining({ code: 1006, wasClean: false, origin: 'user' })])
  })

  it('B130 lets no message through that comes in after it', async () => {
    const rig = await startRig({ answersClose: false })
    const { socket, messages } = open(rig.url, { closeTimeout: 200 })
    socket.connect()
    await socket.opened()
    const closed = socket.close()
    await rig.send('late')
    await closed
    expect(messages).toEqual([])
  })
})

describe('what comes in', () => {
  it('B102 is not lost when it comes in the same packet as the acceptance', async () => {
    const rig = await startRig({ greeting: ['hello', 'there'] })
    const { socket, messages, heard } = open(rig.url)
    socket.connect()
    await heard(2)
    expect(messages).toEqual(['hello', 'there'])
  })

  it('B101 is binary as an ArrayBuffer, before and after a break', async () => {
    const rig = await startRig({ echo: true })
    const { socket, messages, heard } = open(rig.url)
    socket.connect()
    socket.send(new Uint8Array([1, 2, 3]))
    await heard(1)
    const reopened = socket.once('open')
    await rig.reset()
    await reopened
    socket.send(new Uint8Array([4, 5, 6]).buffer)
    await heard(2)
    expect(messages).toEqual([new Uint8Array([1, 2, 3]).buffer, new Uint8Array([4, 5, 6]).buffer])
  })

  it('is the same with permessage-deflate', async () => {
    const rig = await startRig({ echo: true, deflate: true })
    const { socket, messages, heard } = open(rig.url)
    socket.connect()
    const text = 'ab'.repeat(5_000)
    socket.send(text)
    await heard(1)
    expect(messages).toEqual([text])
  })

  it('tells which subprotocol the server chose', async () => {
    const rig = await startRig({ subprotocol: { name: 'v2' } })
    const { socket } = open(rig.url, { protocols: ['v1', 'v2'] })
    socket.connect()
    expect(await socket.once('open')).toMatchObject({ protocol: 'v2' })
    expect((await rig.connections())[0]?.protocols).toEqual(['v1', 'v2'])
  })
})
