// Each example, run as a person runs it: it prints what happens and comes to its end, with nothing left that keeps it alive.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { whatBottleLacks } from '../servers/bottle.js'

const START = fileURLToPath(new URL('../start.js', import.meta.url))

/** @param {string[]} names */
async function start(...names) {
  // What does not end by itself is ended, and has no code then.
  const child = spawn(process.execPath, [START, ...names], { timeout: 50_000 })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => (printed += text))
  }
  const [code] = await once(child, 'close')
  return { code, printed }
}

describe.concurrent('node start.js', () => {
  it.each([
    ['greeting', ['open', "message 'Hello from server, Ada'", 'close 1000', 'visited 1 time(s)']],
    ['chat', ["Ada: message 'The quick", "Grace: message 'The quick"]],
    ['subprotocols', ['open, speaking echo.v2', "message 'text'", 'message of 3 bytes']],
    ['secure', ['close 1006', "message 'for your eyes only'"]],
    ['deflate', ['extensions: permessage-deflate', '"payload":10000']],
    ['kinds', ['"kind":"text"', '"hex":"020304"', 'a Blob of 6 bytes']],
    [
      'farewells',
      ['close 1001', 'close 1011', 'by the heartbeat', 'drop TOO_LARGE', 'close 1009', 'now closed'],
    ],
    ['idle', ['close 1006', 'eight pings later it is open']],
    ['upload', ['"bytes":33554432', 'sent 32 MiB']],
    ['msgpack', ['"ship":"Hawser"', 'error DECODE', 'error VALIDATION', 'drop VALIDATION']],
    ...(whatBottleLacks() ? [] : [['bottle', ["'Ahoy, Python'", 'close 1006', "'sent while it is down'"]]]),
  ])('%s', async (name, lines) => {
    const { code, printed } = await start(String(name))
    for (const line of lines) expect(printed).toContain(line)
    expect(code).toBe(0)
  })

  it('runs several, one after the other', async () => {
    const { code, printed } = await start('chat', 'kinds')
    expect(printed).toMatch(/^\nchat\n[\s\S]*\nkinds\n/)
    expect(code).toBe(0)
  })

  it.each([[[]], [['nonsense']]])('says which there are, asked for %j', async (names) => {
    const { code, printed } = await start(...names)
    expect(printed).toContain('greeting, chat, ')
    expect(code).toBe(1)
  })
})
