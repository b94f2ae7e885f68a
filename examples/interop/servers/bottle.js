// An echo in Python, on Bottle with gevent-websocket (`bottle-echo.py`). Shows a server of another language, and what is
// left when its process is killed: no close frame, so 1006, and attempts until it is back. (gevent-websocket 0.10 puts no code
// into its close frames: a clean end reads as 1005, its answer to a close with a reason as 1006.)
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createSocket } from '@hawser/core'
import { WebSocket } from 'ws'
import { narrate } from '../common/narrate.js'

/** Debian's own, for which its packages are made. */
const PYTHON = '/usr/bin/python3'
const APP = fileURLToPath(new URL('bottle-echo.py', import.meta.url))

/** Why it cannot be started here; undefined where it can. */
export function whatBottleLacks() {
  const { status, error } = spawnSync(PYTHON, ['-c', 'import bottle, gevent, geventwebsocket'])
  if (error) return `no ${PYTHON} (Debian: apt-get install python3)`
  if (status !== 0)
    return 'no Bottle or gevent-websocket (Debian: apt-get install python3-bottle python3-gevent-websocket)'
  return undefined
}

/**
 * @param {object} [options]
 * @param {number} [options.port] 0 takes a free one
 */
export async function startBottle({ port: wanted = 0 } = {}) {
  const child = spawn(PYTHON, [APP, String(wanted)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const end = () => child.kill()
  process.once('exit', end)
  const exited = once(child, 'exit').finally(() => process.off('exit', end))
  const [line] = await Promise.race([
    once(createInterface(child.stdout), 'line'),
    exited.then(([code]) => {
      throw new Error(`The Bottle app ended with ${code} before it listened.`)
    }),
  ])
  const port = Number(line)
  return {
    port,
    url: `ws://127.0.0.1:${port}/echo`,
    async close() {
      child.kill()
      await exited
    },
  }
}

/** @param {import('../common/narrate.js').Print} print */
export async function run(print) {
  const lack = whatBottleLacks()
  if (lack) return print(lack)
  const server = await startBottle()
  const socket = createSocket(server.url, { environment: { WebSocket } })
  narrate(socket, print)
  socket.connect()
  for (const message of ['Ahoy, Python', Uint8Array.of(1, 2, 3)]) {
    const echo = socket.once('message')
    socket.send(message)
    await echo
  }
  const lost = socket.once('close')
  await server.close()
  await lost
  socket.send('sent while it is down')
  const back = await startBottle({ port: server.port })
  await socket.once('message')
  await socket.close()
  await back.close()
}
