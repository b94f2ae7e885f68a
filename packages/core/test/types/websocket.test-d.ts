// The types of the drop-in classes. Checked by tsc, never run.
import { expectTypeOf } from 'vitest'
import { heartbeat, json, offlineQueue, type Socket } from '../../src'
import { type HawserWebSocket, hawserWebSocket, ReconnectingWebSocket } from '../../src/websocket'

// ---------------------------------------------------------------- wherever a WebSocket is taken

{
  const takesClass = (_: typeof WebSocket) => {}
  const takesSocket = (_: WebSocket) => {}
  takesClass(ReconnectingWebSocket)
  takesClass(hawserWebSocket({ reconnect: false }))
  takesSocket(new ReconnectingWebSocket('ws://localhost'))
  globalThis.WebSocket = ReconnectingWebSocket
  expectTypeOf(ReconnectingWebSocket.OPEN).toEqualTypeOf<1>()
}

// ---------------------------------------------------------------- what it is made with

new ReconnectingWebSocket(new URL('ws://localhost'), new Set(['a']), { headers: {} })
new ReconnectingWebSocket(
  async ({ attempt, signal }) => `ws://localhost/${attempt}/${signal.aborted}`,
  () => ['a'],
)
hawserWebSocket({ heartbeat: heartbeat(), queue: offlineQueue(), retries: 3, binaryType: 'arraybuffer' })
// @ts-expect-error messages are as the platform has them
hawserWebSocket({ codec: json() })
// @ts-expect-error protocols are for the constructor
hawserWebSocket({ protocols: ['a'] })
// @ts-expect-error there is no such option
hawserWebSocket({ reconnects: true })
// @ts-expect-error a URL
new ReconnectingWebSocket(1)

// ---------------------------------------------------------------- what it does

{
  const socket: HawserWebSocket = new ReconnectingWebSocket('ws://localhost')
  expectTypeOf(socket.hawser).toExtend<Socket<unknown, string>>()
  socket.addEventListener('close', ({ code }) => expectTypeOf(code).toEqualTypeOf<number>())
  socket.send('text', (error) => error?.code === 'QUEUE_FULL')
  socket.send(new Uint8Array(1), { binary: true }, () => {})
  // @ts-expect-error it becomes text, which is not what is meant
  socket.send({ type: 'hi' })
  // @ts-expect-error it says itself what it is
  socket.readyState = 3
}
