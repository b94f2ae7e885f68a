// A reverse proxy that cuts idle connections, and the heartbeat that keeps them.
import { heartbeat, wsPings } from '@hawser/core'
import { afterEach, describe, expect, it } from 'vitest'
import { startIdle } from '../servers/idle.js'
import { open } from './support.js'

/** @type {Awaited<ReturnType<typeof startIdle>>} */
let server
afterEach(() => server.close())

describe('a proxy that cuts what is idle', () => {
  it('leaves 1006, and the socket is back for the next message', async () => {
    server = await startIdle({ patience: 1_000 })
    const { socket, heard, closes } = open(server.url)
    await socket.once('close')
    expect(closes[0]).toMatchObject({ code: 1006, reason: '', wasClean: false, origin: 'network' })
    socket.send('Is anybody there?')
    expect(await heard(1)).toEqual(['Is anybody there?'])
  })

  it('leaves a connection alone on which a heartbeat speaks', async () => {
    server = await startIdle({ patience: 3_000 })
    let answers = 0
    let answered = () => {}
    const nine = /** @type {Promise<void>} */ (new Promise((resolve) => (answered = resolve)))
    const { closes, opens } = open(server.url, {
      heartbeat: heartbeat({ interval: 500, timeout: 60_000 }),
      environment: { protocolPings: wsPings },
      inspect: ({ type }) => {
        if (type === 'latency' && ++answers === 9) answered()
      },
    })
    // Each comes 500 ms after the one before, at the earliest: longer than the proxy would wait.
    await nine
    expect(closes).toEqual([])
    expect(opens()).toBe(1)
  })
})
