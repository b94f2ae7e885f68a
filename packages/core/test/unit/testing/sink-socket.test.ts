// The socket of the benchmarks: it must do little, but that right.
import { expect, it } from 'vitest'
import { sinkSocket } from '../../../src/testing'

it('opens, counts, receives and closes when it is told, and at once', () => {
  const sink = sinkSocket()
  expect(() => sink.latest).toThrow('No socket')
  const client = new sink.WebSocket('ws://sink.test')
  const events: unknown[] = []
  client.onopen = () => events.push('open')
  client.onmessage = ({ data }) => events.push(data)
  client.onclose = ({ code }) => events.push(code)
  sink.latest.open()
  client.send('a')
  client.send('b')
  sink.latest.receive({ data: 'hi' })
  client.close(1000)
  client.close()
  expect(sink.latest.sent).toBe(2)
  expect(events).toEqual(['open', 'hi', 1000])
})

it('has listeners beside the handlers, for the clients that it is compared with', () => {
  const sink = sinkSocket()
  const client = new sink.WebSocket('ws://sink.test') as unknown as WebSocket
  const heard: unknown[] = []
  const hear = (event: MessageEvent) => heard.push(event.data)
  client.addEventListener('message', hear)
  sink.latest.receive({ data: 1 })
  client.removeEventListener('message', hear)
  sink.latest.receive({ data: 2 })
  expect(heard).toEqual([1])
})
