// useSocket in real browsers against a real server: transports are counted there, and updates here.

import { createSocket } from '@hawser/core'
import { describe, expect, it, vi } from 'vitest'
import { defineComponent, h, KeepAlive, nextTick, ref, Suspense } from 'vue'
import { useRig } from '../../../core/test/support/harness'
import { useSocket } from '../../src'
import { counting, usePage } from '../support/page'

const startRig = useRig()
const mount = usePage()

/** Longer than a socket outlives its last component. */
const grace = 400

/** By then a transport that may not be would have come or gone: another socket was let go of meanwhile, and has closed. */
async function quiet() {
  const other = await startRig()
  const socket = createSocket(other.url)
  const release = socket.retain()
  await socket.opened()
  const closed = socket.once('close')
  release()
  await closed
}

describe('one transport at the server', () => {
  it('for a mount, which ends with the unmount', async () => {
    const rig = await startRig()
    const { component, counted } = counting(() => useSocket(rig.url).status)
    const page = mount(component)
    await page.shows('open')
    expect(counted).toEqual({ renders: 3, updates: 2 })
    page.unmount()
    await rig.until('alive', 0)
    await rig.until('closed', 1)
    expect(await rig.counts()).toMatchObject({ accepted: 1, handshakes: 1, closed: 1 })
    expect((await rig.connections())[0]?.closed).toMatchObject({ code: 1000 })
  })

  it('B105 for components that are unmounted and mounted again at once, and another one after a while', async () => {
    const rig = await startRig()
    const { component } = counting(() => useSocket(rig.url).status)
    const key = ref(0)
    const isShown = ref(true)
    const page = mount(() => (isShown.value ? h(component, { key: key.value }) : null))
    for (; key.value < 20; key.value += 1) await nextTick()
    await page.shows('open')
    for (; key.value < 40; key.value += 1) await nextTick()
    await page.shows('open')
    expect(await rig.counts()).toMatchObject({ accepted: 1, handshakes: 1, open: 1 })
    isShown.value = false
    await rig.until('alive', 0)
    isShown.value = true
    await page.shows('open')
    expect(await rig.counts()).toMatchObject({ accepted: 2, handshakes: 2, open: 1 })
  })

  it('B107 for 50 components with one URL, until the last of them is gone', async () => {
    const rig = await startRig()
    const { component } = counting(() => useSocket(rig.url).status)
    const count = ref(50)
    const page = mount(() => Array.from({ length: count.value }, (_, key) => h(component, { key })))
    await page.shows('open'.repeat(50))
    count.value = 1
    await quiet()
    expect(await rig.counts()).toMatchObject({ accepted: 1, handshakes: 1, open: 1 })
    count.value = 0
    await rig.until('alive', 0)
    expect(await rig.counts()).toMatchObject({ accepted: 1, handshakes: 1 })
  })

  it('B106 over 1 000 renders with new options', async () => {
    const rig = await startRig()
    const round = ref(0)
    const { component, counted } = counting(() => {
      const { status, lastMessage } = useSocket(
        () => new URL(rig.url),
        () => ({ retries: round.value, retryDelay: () => round.value, protocols: [`v${round.value}`] }),
      )
      return () => `${status.value} ${round.value} ${lastMessage.value}`
    })
    const page = mount(component)
    await page.shows('open 0 undefined')
    while (round.value < 1_000) {
      round.value += 1
      await nextTick()
    }
    await rig.send('still there')
    await page.shows('open 1000 still there')
    expect(counted.updates).toBe(1_003)
    expect(await rig.counts()).toMatchObject({ accepted: 1, handshakes: 1, open: 1 })
  })

  it('B108 for each URL, the old one closed', async () => {
    const rig = await startRig()
    const path = ref('a')
    const { component, counted } = counting(() => useSocket(() => rig.url + path.value).status)
    const page = mount(component)
    await page.shows('open')
    path.value = 'b'
    await rig.until('closed', 1)
    await rig.until('open', 1)
    await page.shows('open')
    expect((await rig.connections()).map(({ url, closed }) => [url, closed?.code])).toEqual([
      ['/a', 1000],
      ['/b', undefined],
    ])
    expect(await rig.counts()).toMatchObject({ accepted: 2 })
    // connecting, open; then again.
    expect(counted.updates).toBe(4)
  })

  it('B111 for a component that KeepAlive puts aside', async () => {
    const rig = await startRig()
    const { component } = counting(() => useSocket(rig.url).status)
    const isShown = ref(true)
    const page = mount(() => h(KeepAlive, () => (isShown.value ? h(component) : h('i', 'aside'))))
    await page.shows('open')
    for (isShown.value of [false, true, false]) await nextTick()
    await page.shows('aside')
    await quiet()
    isShown.value = true
    await page.shows('open')
    expect(await rig.counts()).toMatchObject({ accepted: 1, handshakes: 1, open: 1 })
  })

  it("B111 for each time that it is shown, with whenDeactivated: 'close'", async () => {
    const rig = await startRig()
    const { component } = counting(() => useSocket(rig.url, { whenDeactivated: 'close' }).status)
    const isShown = ref(true)
    const page = mount(() => h(KeepAlive, () => (isShown.value ? h(component) : h('i', 'aside'))))
    await page.shows('open')
    isShown.value = false
    await rig.until('alive', 0)
    isShown.value = true
    await page.shows('open')
    expect(await rig.counts()).toMatchObject({ accepted: 2, handshakes: 2, open: 1 })
  })

  it('for a component that Suspense waits for, which is not suspended again by a break', async () => {
    vi.spyOn(console, 'info').mockImplementation(() => {})
    const rig = await startRig()
    const setups = vi.fn()
    const component = defineComponent({
      async setup() {
        setups()
        const { socket, status } = useSocket(rig.url, { retryDelay: () => 10 })
        await socket.value.opened()
        return () => h('p', status.value)
      },
    })
    const page = mount(() =>
      h(Suspense, null, { default: () => h(component), fallback: () => h('i', 'wait') }),
    )
    await page.shows('wait')
    await page.shows('open')
    expect(await rig.counts()).toMatchObject({ accepted: 1, handshakes: 1, open: 1 })
    const shown: unknown[] = []
    const observer = new MutationObserver(() => shown.push(page.container.textContent))
    observer.observe(page.container, { characterData: true, childList: true, subtree: true })
    await rig.reset()
    await rig.until('connections', 2)
    await page.shows('open')
    observer.disconnect()
    expect(shown).not.toContain('wait')
    expect(setups).toHaveBeenCalledTimes(1)
    page.unmount()
    await rig.until('alive', 0)
    expect(await rig.counts()).toMatchObject({ accepted: 2, handshakes: 2 })
  })

  it('B113 for a component that is unmounted while connecting, and none after it', async () => {
    const rig = await startRig()
    await rig.latency(grace, 'down')
    const opened = vi.fn()
    const { component } = counting(() => {
      const { status, socket } = useSocket(rig.url)
      socket.value.on('open', opened)
      return status
    })
    const page = mount(component)
    await rig.until('handshakes', 1)
    await page.shows('connecting')
    page.unmount()
    await rig.until('alive', 0)
    await quiet()
    expect(await rig.counts()).toMatchObject({ accepted: 1, handshakes: 1 })
    expect(opened).not.toHaveBeenCalled()
  })

  it('for each break, and the page is right about it', async () => {
    const rig = await startRig()
    const { component } = counting(() => {
      const { status, lastMessage } = useSocket(rig.url, { retryDelay: () => 50 })
      return () => `${status.value} ${lastMessage.value}`
    })
    const page = mount(component)
    await page.shows('open undefined')
    for (const said of ['one', 'two', 'three']) {
      await rig.reset()
      await rig.until('open', 0)
      await rig.until('open', 1)
      await rig.send(said)
      await page.shows(`open ${said}`)
    }
    expect(await rig.counts()).toMatchObject({ accepted: 4, handshakes: 4, open: 1 })
  })
})
