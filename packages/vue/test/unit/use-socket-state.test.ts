// useSocketState in a page: follows the store, and renders no more often than what it selects changes.
import { createSocket, type SocketState } from '@hawser/core'
import { mount } from '@vue/test-utils'
import { expect, it, vi } from 'vitest'
import { computed, effectScope, isReadonly, nextTick, type Ref, ref, shallowRef, watch } from 'vue'
import { hawser, useSocketState } from '../../src'
import { setUp, showing, withSetup } from '../support/set-up'

function start() {
  const rig = setUp()
  const socket = createSocket('ws://memory.test/', { environment: { ...rig.environment, random: () => 0.5 } })
  return { ...rig, socket }
}

it('follows the socket, with the snapshot of its store', async () => {
  const { socket, server, pass } = start()
  const seen: string[] = []
  const { state } = withSetup(() => {
    const state = useSocketState(socket)
    watch(state, ({ status }) => seen.push(status), { immediate: true, flush: 'sync' })
    return { state }
  }).result
  socket.connect()
  await pass()
  server.latest.die()
  await pass()
  expect(seen.filter((status, i) => status !== seen[i - 1])).toEqual([
    'idle',
    'connecting',
    'open',
    'waiting',
  ])
  expect(state.value).toBe(socket.state.get())
  expect(isReadonly(state)).toBe(true)
})

it('renders for what is selected alone', async () => {
  const { socket, pass } = start()
  const { component, counted } = showing(() => useSocketState(socket, ({ status }) => status === 'open'))
  const wrapper = mount(component)
  socket.connect()
  await nextTick()
  await pass()
  expect(wrapper.text()).toBe('true')
  expect(counted.renders).toBe(2)
})

it('selects anew when what the selector reads changes', async () => {
  const { socket } = start()
  const word = ref('is ')
  const { result } = withSetup(() => ({ said: useSocketState(socket, ({ status }) => word.value + status) }))
  expect(result.said.value).toBe('is idle')
  word.value = 'was '
  expect(result.said.value).toBe('was idle')
})

it('follows a ref to another socket, and the old one no more', async () => {
  const { socket: first, pass, environment } = start()
  const second = createSocket('ws://memory.test/', { environment })
  const current = shallowRef(first)
  const select = vi.fn(({ status }: SocketState) => status)
  const { status } = withSetup(() => ({
    status: useSocketState(
      computed(() => current.value),
      select,
    ),
  })).result
  first.connect()
  await pass()
  expect(status.value).toBe('open')
  current.value = second
  expect(status.value).toBe('idle')
  select.mockClear()
  void first.close()
  await pass(10_000)
  expect(status.value).toBe('idle')
  expect(select).not.toHaveBeenCalled()
})

it('finds the socket of the app, with and without a selector', async () => {
  const { socket, pass } = start()
  const { component } = showing(() => {
    const state = useSocketState()
    const length = useSocketState(({ status }) => status.length)
    return () => `${state.value.status},${length.value}`
  })
  const wrapper = mount(component, { global: { plugins: [[hawser, { socket }]] } })
  socket.connect()
  await pass()
  expect(wrapper.text()).toBe('open,4')
})

it('says what is missing, and how to mend it', () => {
  expect(() => useSocketState()).toThrow(
    expect.objectContaining({
      code: 'NO_SOCKET',
      message: expect.stringMatching(
        /useSocketState\(\) found no socket.*app\.use\(hawser.*useSocketState\(socket\)/,
      ),
    }),
  )
})

it.each(['component', 'scope'])('does not listen any more once its %s ended', async (kind) => {
  const { socket, pass } = start()
  let end: () => void
  let state: Readonly<Ref<SocketState>> | undefined
  if (kind === 'scope') {
    const scope = effectScope()
    state = scope.run(() => useSocketState(socket))
    end = () => scope.stop()
  } else {
    const { result, wrapper } = withSetup(() => ({ state: useSocketState(socket) }))
    state = result.state
    end = () => wrapper.unmount()
  }
  socket.connect()
  expect(state?.value.status).toBe('connecting')
  end()
  await pass()
  expect(socket.state.get().status).toBe('open')
  expect(state?.value.status).toBe('connecting')
})

it('ends as a stable closed when the socket was disposed', async () => {
  const { socket, pass } = start()
  const { result } = withSetup(() => ({ state: useSocketState(socket) }))
  socket.connect()
  await pass()
  void socket.close()
  await pass(10_000)
  expect(result.state.value).toMatchObject({ status: 'closed', cause: { origin: 'user' } })
})
