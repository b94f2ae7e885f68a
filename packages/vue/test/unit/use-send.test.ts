// useSend: what was sent, and what became of each message.
import { acks, createSocket, json, offlineQueue, type Socket } from '@hawser/core'
import { mount } from '@vue/test-utils'
import { expect, it } from 'vitest'
import { isReadonly, reactive, ref, shallowRef } from 'vue'
import { hawser, useSend, useSocket } from '../../src'
import { grace, manualFrames, setUp, showing, withSetup } from '../support/set-up'

const url = 'ws://memory.test/'
const frame = manualFrames()

function start({
  maxMessages = 1_000,
  ...options
}: Parameters<typeof setUp>[0] & { maxMessages?: number } = {}) {
  const rig = setUp(options)
  const socket = createSocket(url, { environment: rig.environment, queue: offlineQueue({ maxMessages }) })
  const show = async (ms = 0) => {
    await rig.pass(ms)
    await frame()
  }
  return { ...rig, socket, show }
}

const fates = (messages: ReturnType<typeof useSend>['messages']) =>
  messages.value.map(({ message, status, error }) => [message, status, error?.code].filter(Boolean).join(' '))

it('shows each message as queued, and then as sent', async () => {
  const { socket, server, show } = start()
  const { send, messages } = withSetup(() => useSend(socket)).result
  expect(messages.value).toEqual([])
  send('a')
  send('b')
  await show()
  expect(fates(messages)).toEqual(['a queued', 'b queued'])
  socket.connect()
  await show()
  expect(fates(messages)).toEqual(['a sent', 'b sent'])
  expect(server.latest.received).toEqual(['a', 'b'])
})

it('B71 shows as confirmed what the server acknowledged, in one render', async () => {
  const { server, environment, show } = start()
  const queue = offlineQueue({ confirm: acks({ isAck: (message) => message.ack }) })
  const socket = createSocket(url, { environment, codec: json(), queue })
  const { component, counted } = showing(() => {
    const { send, messages } = useSend(socket)
    for (const id of ['a', 'b', 'c']) send({ id })
    return () => messages.value.map(({ id, status }) => `${id} ${status}`).join()
  })
  const wrapper = mount(component)
  socket.connect()
  await show()
  expect(wrapper.text()).toBe('a sent,b sent,c sent')
  const { renders } = counted
  server.latest.send('{"ack":"a"}')
  server.latest.send('{"ack":"b"}')
  await show()
  expect(wrapper.text()).toBe('a confirmed,b confirmed,c sent')
  expect(counted.renders).toBe(renders + 1)
})

it('shows why a message was dropped', async () => {
  const { socket, show } = start({ maxMessages: 3, mode: 'ignore' })
  socket.connect()
  const { send, messages } = withSetup(() => useSend(socket)).result
  expect(messages.value).toEqual([])
  send('expires', { ttl: 100 })
  send('old', { key: 'draft' })
  send('new', { key: 'draft' })
  send('one more')
  send('too much')
  await show()
  expect(fates(messages)).toEqual([
    'expires queued',
    'old dropped REPLACED',
    'new queued',
    'one more queued',
    'too much dropped QUEUE_FULL',
  ])
  await show(200)
  expect(fates(messages)[0]).toBe('expires dropped EXPIRED')
  messages.value[2]?.cancel()
  await show()
  expect(fates(messages)[2]).toBe('new dropped CANCELLED')
})

it('shows a message as queued again whose transport died with it', async () => {
  const { socket, server, show } = start({ buffered: 'manual' })
  const { send, messages } = withSetup(() => useSend(socket)).result
  expect(messages.value).toEqual([])
  socket.connect()
  await show()
  send('held')
  await show()
  expect(fates(messages)).toEqual(['held sent'])
  server.mode = 'ignore'
  server.latest.die()
  await show()
  expect(fates(messages)).toEqual(['held queued'])
})

it('renders once per frame, however much was sent, and keeps the objects whose fate is the same', async () => {
  const { socket, show } = start()
  const { component, counted } = showing(() => {
    const { send, messages } = useSend(socket, { limit: 50 })
    for (let i = 0; i < 200; i += 1) send(`${i}`)
    return () => messages.value.length
  })
  const wrapper = mount(component)
  await show()
  expect(wrapper.text()).toBe('50')
  expect(counted.renders).toBe(2)
  const { send, messages } = withSetup(() => useSend(socket)).result
  send('dropped')
  await show()
  const [before] = messages.value
  send('another')
  await show()
  expect(messages.value[0]).toBe(before)
  expect(messages.value).toHaveLength(2)
  expect(isReadonly(messages)).toBe(true)
})

it('shows what was sent before anybody looked', async () => {
  const { socket, show } = start()
  const isShown = ref(false)
  const { result } = withSetup(() => useSend(socket))
  const { component } = showing(() => () => (isShown.value ? fates(result.messages).join() : ''))
  const wrapper = mount(component)
  result.send('early')
  socket.connect()
  await show()
  isShown.value = true
  await show()
  expect(wrapper.text()).toBe('early sent')
})

it('forgets one, or all, and what waits is sent all the same', async () => {
  const { socket, server, show } = start()
  const { send, clear, messages } = withSetup(() => useSend(socket)).result
  expect(messages.value).toEqual([])
  const { id } = send('a')
  send('b')
  send('c')
  clear(id)
  await show()
  expect(fates(messages)).toEqual(['b queued', 'c queued'])
  clear()
  await show()
  expect(fates(messages)).toEqual([])
  socket.connect()
  await show()
  expect(server.latest.received).toEqual(['a', 'b', 'c'])
})

it('begins anew with another socket, and sends to it', async () => {
  const { socket, environment, show } = start()
  const second = createSocket(url, { environment })
  const current = shallowRef<Socket>(socket)
  const { send, messages } = withSetup(() => useSend(current)).result
  send('first')
  await show()
  expect(fates(messages)).toEqual(['first queued'])
  current.value = second
  await show()
  expect(fates(messages)).toEqual([])
  send('second')
  await show()
  expect(fates(messages)).toEqual(['second queued'])
  expect([socket.queue.get().messages, second.queue.get().messages]).toEqual([1, 1])
})

it('keeps what it has when the limit changes, and as many as the newest says from then on', async () => {
  const { socket, show } = start()
  const options = reactive({ limit: 5 })
  const { send, messages } = withSetup(() => useSend(socket, options)).result
  expect(messages.value).toEqual([])
  for (const message of ['a', 'b', 'c']) send(message)
  await show()
  options.limit = 2
  await show()
  expect(fates(messages)).toEqual(['a queued', 'b queued', 'c queued'])
  send('d')
  await show()
  expect(fates(messages)).toEqual(['c queued', 'd queued'])
})

it('sends by the socket of the app, and by that of a URL', async () => {
  const { socket, server, environment, pass, show } = start()
  const { result } = withSetup(
    () => ({
      provided: useSend({ limit: 5 }),
      own: useSend(useSocket(`${url}own`, { environment, codec: json() }).socket),
    }),
    { global: { plugins: [[hawser, { socket }]] } },
  )
  result.provided.send('text')
  result.own.send({ text: 'hi' })
  await pass(grace)
  await show()
  expect(server.latest.received).toEqual(['{"text":"hi"}'])
  expect([fates(result.provided.messages), result.own.messages.value[0]?.status]).toEqual([
    ['text queued'],
    'sent',
  ])
})

it('says which option is wrong when it is first used', () => {
  const { socket } = start()
  const config = { warnHandler: () => {} }
  const wrong = () => useSend(socket, { limit: 0 }).messages.value
  expect(() => withSetup(wrong, { global: { config } })).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining('limit') }),
  )
})
