// What hot reload does to a component: its render replaced, or all of it.
import { mount } from '@vue/test-utils'
import { expect, it } from 'vitest'
import { type Component, defineComponent, h } from 'vue'
import { useMessages, useSocket, useSocketEvent } from '../../src'
import { grace, setUp } from '../support/set-up'

interface HotReload {
  createRecord(id: string, component: Component): boolean
  rerender(id: string, render: () => unknown): void
  reload(id: string, component: Component): void
}
declare const __VUE_HMR_RUNTIME__: HotReload

let ids = 0

function start() {
  const rig = setUp()
  const id = `component ${++ids}`
  const heard: unknown[] = []
  const version = (text: string) =>
    Object.assign(
      defineComponent(() => {
        const { status, socket } = useSocket('ws://memory.test/', { environment: rig.environment })
        useMessages(socket)
        useSocketEvent(socket, 'message', (message) => heard.push(`${text} ${message}`))
        return () => h('p', `${text} ${status.value}`)
      }),
      { __hmrId: id },
    )
  const component = version('first')
  __VUE_HMR_RUNTIME__.createRecord(id, component)
  const wrapper = mount(() => h('main', h(component)))
  return { ...rig, wrapper, id, heard, version }
}

it('B105 keeps the transport when a component is reloaded, and hears each message once', async () => {
  const { server, clock, pass, wrapper, id, heard, version } = start()
  await pass()
  server.latest.send('a')
  await pass()
  for (const text of ['second', 'third']) {
    __VUE_HMR_RUNTIME__.reload(id, version(text))
    await pass(grace)
    server.latest.send('b')
    await pass()
    expect(wrapper.text()).toBe(`${text} open`)
  }
  expect(heard).toEqual(['first a', 'second b', 'third b'])
  expect(server.log.filter(({ type }) => type === 'connect' || type === 'close')).toHaveLength(1)
  wrapper.unmount()
  await pass(grace)
  expect([server.live, clock.timers]).toEqual([0, 0])
})

it('B105 makes no aborted attempt when it is reloaded while connecting', async () => {
  const { server, pass, wrapper, id, version } = start()
  __VUE_HMR_RUNTIME__.reload(id, version('second'))
  await pass()
  expect(wrapper.text()).toBe('second open')
  expect(server.log.map(({ type }) => type)).toEqual(['connect', 'accept'])
})

it('B105 keeps the transport when its render is replaced', async () => {
  const { server, pass, wrapper, id, heard } = start()
  await pass()
  __VUE_HMR_RUNTIME__.rerender(id, () => h('p', 'rendered anew'))
  server.latest.send('a')
  await pass(grace)
  expect(wrapper.text()).toBe('rendered anew')
  expect([heard, server.connections.length]).toEqual([['first a'], 1])
})
