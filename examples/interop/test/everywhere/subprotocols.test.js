// Subprotocols, as the npm package `websocket` on the server and each engine's own class agree upon them.
import { describe, expect, inject, it } from 'vitest'
import { open } from '../support.js'

const url = inject('subprotocols')

describe('two subprotocols are offered', () => {
  it.each([
    ['first', ['echo.v2', 'echo.v1']],
    ['last', ['echo.v1', 'echo.v2']],
  ])('and the server accepts the %s', async (_, protocols) => {
    const { socket } = open(url, { protocols })
    const { protocol } = await socket.once('open')
    expect(protocol).toBe('echo.v2')
    expect(socket.state.get()).toMatchObject({ status: 'open', protocol: 'echo.v2' })
    expect(socket.transport?.protocol).toBe('echo.v2')
  })

  it('by a function too, at each attempt anew', async () => {
    let asked = 0
    const { socket } = open(url, { protocols: () => [`echo.v${10 + ++asked}`, 'echo.v2'] })
    await socket.opened()
    const reopened = socket.once('open')
    socket.reconnect()
    expect((await reopened).protocol).toBe('echo.v2')
    expect(asked).toBe(2)
  })

  it('and text and binary come back', async () => {
    const { socket, heard } = open(url, { protocols: ['echo.v1', 'echo.v2'] })
    const long = 'Grüße, ⚓. '.repeat(3_000)
    socket.send('')
    socket.send(long)
    socket.send(Uint8Array.of(0, 127, 128, 255).subarray(1))
    const [empty, text, binary] = await heard(3)
    expect([empty, text]).toEqual(['', long])
    expect(new Uint8Array(/** @type {ArrayBuffer} */ (binary))).toEqual(Uint8Array.of(127, 128, 255))
  })

  it('B16 and where the server speaks neither the handshake fails, and is tried again', async () => {
    const { socket, closes, opens } = open(url, { protocols: ['echo.v1', 'echo.v3'] })
    while (closes.length < 2) await socket.once('close')
    expect(closes[0]).toMatchObject({ code: 1006, wasClean: false, origin: 'network' })
    expect(opens()).toBe(0)
  })
})

describe.runIf(typeof window === 'undefined')('an origin', () => {
  /** @param {string} origin */
  async function from(origin) {
    const { WebSocket } = await import('ws')
    return class extends WebSocket {
      /** @param {string} url @param {string[]} protocols */
      constructor(url, protocols) {
        super(url, protocols, { origin })
      }
    }
  }

  it('of this machine is let in', async () => {
    const environment = { WebSocket: await from('http://localhost:8080') }
    await open(url, { protocols: 'echo.v2', environment }).socket.opened()
  })

  it('from elsewhere is refused', async () => {
    const environment = { WebSocket: await from('https://elsewhere.example') }
    const { socket, opens } = open(url, { protocols: 'echo.v2', environment })
    expect(await socket.once('close')).toMatchObject({ code: 1006, origin: 'network' })
    expect(opens()).toBe(0)
  })
})
