// useRequest: what became of the newest request of a component.
import { createSocket, json } from '@hawser/core'
import { createRequests } from '@hawser/core/requests'
import { mount } from '@vue/test-utils'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import {
  defineComponent,
  effectScope,
  h,
  isReadonly,
  KeepAlive,
  nextTick,
  reactive,
  ref,
  Suspense,
  shallowRef,
} from 'vue'
import { hawser, provideSocket, type UseRequestResult, useRequest } from '../../src'
import { manualFrames, setUp, showing, withSetup } from '../support/set-up'

const frame = manualFrames()

/** Vue says at info that Suspense may change. */
beforeEach(() => void vi.spyOn(console, 'info').mockImplementation(() => {}))

interface Frame {
  readonly id: string
  readonly type: string
}

function start() {
  const rig = setUp()
  const { environment, server } = rig
  const socket = createSocket('ws://memory.test/', { environment, codec: json(), retryDelay: () => 10 })
  const requests = createRequests(socket)
  /** What the server has got on all connections. */
  const got = () =>
    server.connections.flatMap(({ received }) => received.map((text): Frame => JSON.parse(text as string)))
  const show = async (ms = 0) => {
    await rig.pass(ms)
    await frame()
  }
  return {
    ...rig,
    socket,
    requests,
    show,
    got,
    types: () => got().map(({ type }) => type),
    async connect() {
      socket.connect()
      await rig.pass()
    },
    /** Answers what came by that type. */
    async answer(type: string, payload?: unknown, kind = 'reply') {
      for (const asked of got().filter((one) => one.type === type)) {
        server.latest.send(JSON.stringify({ id: asked.id, type: kind, payload }))
      }
      await show()
    },
    /** From now on everything waits. */
    async lose() {
      server.mode = 'ignore'
      server.latest.die()
      await rig.pass()
    },
  }
}

/** How a promise ended by now. */
const outcome = async (promise: Promise<unknown>) =>
  Promise.race([
    promise.then(
      () => 'resolved',
      ({ code }) => code,
    ),
    new Promise((resolve) => setImmediate(() => resolve('pending'))),
  ])

const shown = ({ status, data, error }: UseRequestResult) => [status.value, data.value, error.value?.code]

describe('what is shown', () => {
  it('is idle, then pending, then what was answered, and idle again after a reset', async () => {
    const { requests, connect, show, answer, types } = start()
    await connect()
    const Rename = defineComponent(() => {
      const { request, status, data, reset } = useRequest(requests)
      return () => [
        h('button', { onClick: () => request({ type: 'rename', payload: { name: 'Ada' } }) }, 'Rename'),
        h('button', { id: 'reset', onClick: reset }, 'Reset'),
        h('p', `${status.value} ${data.value}`),
      ]
    })
    const wrapper = mount(Rename)
    const text = () => wrapper.get('p').text()
    expect(text()).toBe('idle undefined')
    await wrapper.get('button').trigger('click')
    await show()
    expect(text()).toBe('pending undefined')
    await answer('rename', 'Ada')
    expect(text()).toBe('success Ada')
    await wrapper.get('#reset').trigger('click')
    await show()
    expect(text()).toBe('idle undefined')
    expect(types()).toEqual(['rename'])
  })

  it('is why the newest call failed, beside the last answer; and the promise tells it too', async () => {
    const { requests, connect, show, answer } = start()
    await connect()
    const { result } = withSetup(() => useRequest(requests))
    expect(shown(result)).toEqual(['idle', undefined, undefined])
    void result.request({ type: 'read' })
    await show()
    await answer('read', 1)
    const failed = result.request({ type: 'write' })
    await show()
    expect(shown(result)).toEqual(['pending', 1, undefined])
    await answer('write', 'no', 'error')
    expect(shown(result)).toEqual(['error', 1, 'REQUEST_FAILED'])
    await expect(failed).rejects.toMatchObject({ code: 'REQUEST_FAILED', cause: 'no' })
  })

  it('is of the newest call: a late answer to an older one settles its promise and no more', async () => {
    const { requests, connect, show, answer } = start()
    await connect()
    const { result } = withSetup(() => useRequest(requests))
    const [older, newer] = ['older', 'newer'].map((type) => result.request({ type }))
    await show()
    await answer('newer', 2)
    await answer('older', 1)
    expect(shown(result)).toEqual(['success', 2, undefined])
    expect([await older, await newer]).toEqual([1, 2])
  })

  it('is what was asked in setup', async () => {
    const { requests, connect, answer } = start()
    await connect()
    const { component } = showing(() => {
      const { request, data, status } = useRequest(requests)
      void request({ type: 'read' })
      return () => `${status.value} ${data.value}`
    })
    const wrapper = mount(component)
    await nextTick()
    expect(wrapper.text()).toBe('pending undefined')
    await answer('read', 'Ada')
    expect(wrapper.text()).toBe('success Ada')
  })

  it('is for reading, and in refs', () => {
    const { requests } = start()
    const { status, data, error } = withSetup(() => useRequest(requests)).result
    expect([status, data, error].map(isReadonly)).toEqual([true, true, true])
  })

  it('B103 B110 renders once per frame at most, and for the fields that are read', async () => {
    const { requests, connect, show, got, server, pass } = start()
    await connect()
    const results: UseRequestResult[] = []
    const counts = (['data', 'error'] as const).map((field) => {
      const { component, counted } = showing(() => {
        const result = useRequest(requests)
        results.push(result)
        return () => result[field].value
      })
      mount(component)
      return counted
    })
    for (let n = 0; n < 500; n += 1) void results[0]?.request({ type: `${n}` })
    void results[1]?.request({ type: 'none' })
    await show()
    expect(counts.map(({ renders }) => renders)).toEqual([1, 1])
    for (const { id, type } of got()) server.latest.send(JSON.stringify({ id, type: 'reply', payload: type }))
    await pass()
    expect(counts.map(({ renders }) => renders)).toEqual([1, 1])
    await frame()
    expect(counts.map(({ renders }) => renders)).toEqual([2, 1])
    expect(results[0]?.data.value).toBe('499')
  })
})

describe('the options', () => {
  it('B94 B106 are read at each call, also from reactive state, and make nothing anew', async () => {
    const { requests, connect, show, pass } = start()
    await connect()
    const options = reactive<{ timeout?: number }>({})
    const { result } = withSetup(() => useRequest(requests, options))
    const waiting = result.request({ type: 'a' })
    await show()
    expect(shown(result)).toEqual(['pending', undefined, undefined])
    options.timeout = 100
    const [usual, patient] = [result.request({ type: 'b' }), result.request({ type: 'c' }, { timeout: 500 })]
    await pass(101)
    const ends = [await outcome(waiting), await outcome(usual), await outcome(patient)]
    expect(ends).toEqual(['pending', 'REQUEST_TIMEOUT', 'pending'])
    await pass(500)
    expect(await outcome(patient)).toBe('REQUEST_TIMEOUT')
  })

  it('B94 retry sends again what a break has lost', async () => {
    const { requests, connect, show, answer, server, types } = start()
    await connect()
    const { result } = withSetup(() => useRequest(requests, { retry: true }))
    const asked = result.request({ type: 'read' })
    await show()
    server.latest.die()
    await show(10)
    await show()
    expect([result.status.value, types()]).toEqual(['pending', ['read', 'read']])
    await answer('read', 'Ada')
    expect([await asked, result.data.value]).toEqual(['Ada', 'Ada'])
  })
})

describe('where the requests come from', () => {
  it('is the app, or the nearest component that provides some, with and without options', async () => {
    const [outer, inner] = [start(), start()]
    const results: UseRequestResult[] = []
    const Asking = defineComponent(() => {
      results.push(useRequest(), useRequest({ timeout: 5_000 }))
      return () => null
    })
    const Provider = defineComponent(() => {
      provideSocket(inner.socket, { requests: () => inner.requests })
      return () => h(Asking)
    })
    mount(() => [h(Asking), h(Provider)], {
      global: { plugins: [[hawser, { socket: outer.socket, requests: outer.requests }]] },
    })
    for (const [n, result] of results.entries()) void result.request({ type: `${n}` })
    await outer.connect()
    await inner.connect()
    expect([outer.types(), inner.types()]).toEqual([
      ['0', '1'],
      ['2', '3'],
    ])
  })

  const said = expect.objectContaining({
    name: 'SocketError',
    code: 'NO_SOCKET',
    message:
      'useRequest() found no requests: call it in setup below app.use(hawser, { socket }) or provideSocket(socket) ' +
      'and give it requests as well, or pass them: useRequest(requests).',
  })

  const config = { warnHandler: () => {} }

  it('is not the app, where a component provides another socket', () => {
    const { socket, requests } = start()
    const Below = defineComponent(() => {
      useRequest({ timeout: 5 })
      return () => null
    })
    const Provider = defineComponent(() => {
      provideSocket(start().socket)
      return () => h(Below)
    })
    expect(() =>
      mount(() => h(Provider), { global: { plugins: [[hawser, { socket, requests }]], config } }),
    ).toThrow(said)
  })

  it('says without any what is missing, and how to mend it', () => {
    const { socket } = start()
    expect(() =>
      withSetup(() => useRequest(), { global: { plugins: [[hawser, { socket }]], config } }),
    ).toThrow(said)
    expect(() => useRequest()).toThrow(said)
  })

  it.each(['ref', 'getter'])(
    'may be a %s: another one aborts what is pending, and begins anew',
    async (kind) => {
      const [one, other] = [start(), start()]
      const current = shallowRef(one.requests)
      const { result } = withSetup(() => useRequest(kind === 'ref' ? current : () => current.value))
      const waiting = result.request({ type: 'read' })
      expect(result.status.value).toBe('pending')
      current.value = other.requests
      await frame()
      expect(shown(result)).toEqual(['idle', undefined, undefined])
      expect([await outcome(waiting), one.socket.queue.get().messages]).toEqual(['ABORTED', 0])
      await other.connect()
      void result.request({ type: 'read' })
      await other.show()
      await other.answer('read', 'theirs')
      expect(result.data.value).toBe('theirs')
    },
  )
})

describe('unmount', () => {
  it('B93 B113 takes back what waits and cancels what was sent, and warns nobody', async () => {
    const { requests, socket, connect, show, lose, types, pass, clock } = start()
    await connect()
    const error = vi.spyOn(console, 'error')
    const first = withSetup(() => useRequest(requests))
    expect(first.result.status.value).toBe('idle')
    const sent = first.result.request({ type: 'sent' })
    await show()
    first.wrapper.unmount()
    expect(await outcome(sent)).toBe('ABORTED')
    await pass()
    expect(types()).toEqual(['sent', 'cancel'])
    await lose()
    const second = withSetup(() => useRequest(requests))
    const waiting = second.result.request({ type: 'waiting' })
    expect(socket.queue.get().messages).toBe(1)
    second.wrapper.unmount()
    expect([await outcome(waiting), socket.queue.get().messages]).toEqual(['ABORTED', 0])
    void socket.close()
    await pass(5_000)
    expect([types(), clock.timers]).toEqual([['sent', 'cancel'], 0])
    expect(error).not.toHaveBeenCalled()
  })

  it('of an effect scope outside of components does the same', async () => {
    const { requests } = start()
    const scope = effectScope()
    const asked = scope.run(() => useRequest(requests).request({ type: 'read' })) as Promise<unknown>
    expect(await outcome(asked)).toBe('pending')
    scope.stop()
    expect(await outcome(asked)).toBe('ABORTED')
  })

  it('B111 is not what KeepAlive does: what is pending goes on, and is shown afterwards', async () => {
    const { requests, connect, show, answer } = start()
    await connect()
    const isShown = ref(true)
    const { component } = showing(() => {
      const { request, status, data } = useRequest(requests)
      void request({ type: 'read' })
      return () => `${status.value} ${data.value}`
    })
    const wrapper = mount(() => h(KeepAlive, () => (isShown.value ? h(component) : h('i'))))
    await show()
    isShown.value = false
    await show()
    await answer('read', 'Ada')
    isShown.value = true
    await show()
    expect(wrapper.text()).toBe('success Ada')
  })

  it('B113 of an async setup that nobody waits for any more aborts what it asked', async () => {
    const { requests, connect, pass } = start()
    await connect()
    let asked: Promise<unknown> = Promise.resolve()
    const Later = defineComponent({
      async setup() {
        const { request, data } = useRequest(requests)
        asked = request({ type: 'read' })
        await asked.catch(() => {})
        return () => h('p', String(data.value))
      },
    })
    const isWanted = ref(true)
    mount(() =>
      isWanted.value ? h(Suspense, null, { default: () => h(Later), fallback: () => 'wait' }) : h('i'),
    )
    await pass()
    expect(await outcome(asked)).toBe('pending')
    isWanted.value = false
    await pass()
    expect(await outcome(asked)).toBe('ABORTED')
  })

  it('B113 Suspense: an async setup waits for its answer, and shows it', async () => {
    const { requests, connect, show, answer, pass } = start()
    await connect()
    const Later = defineComponent({
      async setup() {
        const { request, status } = useRequest<string>(requests)
        const name = await request({ type: 'read' })
        return () => h('p', `${status.value} ${name}`)
      },
    })
    const wrapper = mount(() =>
      h(Suspense, null, { default: () => h(Later), fallback: () => h('i', 'wait') }),
    )
    await show()
    expect(wrapper.text()).toBe('wait')
    await answer('read', 'Ada')
    await pass()
    expect(wrapper.text()).toBe('success Ada')
  })
})
