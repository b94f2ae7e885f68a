// Nothing of the platform is looked at before a class is used: some platforms lack half of it.
import { afterEach, expect, it, vi } from 'vitest'

const names = ['EventTarget', 'Event', 'MessageEvent', 'CloseEvent', 'DOMException', 'WebSocket', 'document']
const before = names.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const)

afterEach(() => {
  for (const [name, descriptor] of before) {
    if (descriptor) Object.defineProperty(globalThis, name, descriptor)
    else Reflect.deleteProperty(globalThis, name)
  }
})

it('B3 reads no global at import, nor when its constants are read', async () => {
  vi.resetModules()
  const read: string[] = []
  for (const name of names)
    Object.defineProperty(globalThis, name, { configurable: true, get: () => void read.push(name) })
  const { ReconnectingWebSocket } = await import('../../../src/websocket')
  expect([ReconnectingWebSocket.CLOSED, ReconnectingWebSocket.prototype.OPEN, read]).toEqual([3, 1, []])
  expect(() => new ReconnectingWebSocket('ws://memory.test/')).toThrow(TypeError)
  expect(read).toContain('EventTarget')
})
