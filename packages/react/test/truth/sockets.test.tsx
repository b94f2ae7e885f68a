// One native socket, whatever React does: counted at the server, with the renders counted by React's profiler.
import { json, tokenAuth } from '@hawser/core'
import * as React from 'react'
import { Component, type ReactNode, StrictMode, Suspense } from 'react'
import { flushSync } from 'react-dom'
import { describe, expect, inject, it, vi } from 'vitest'
import { type RemoteRig, useRig } from '../../../core/test/support/harness'
import { type UseSocketOptions, useSocket } from '../../src'
import { frame, type Page, Show, show } from './support'

const startRig = useRig()

const Status = ({ url, options }: { url: string | null; options?: UseSocketOptions }) => (
  <p>{useSocket(url, options).status}</p>
)

/** So many sockets were made and are alive, by the server's count: attempts that were given up are among them. */
async function expectSockets(rig: RemoteRig, made: number, alive: number) {
  await rig.until('alive', alive)
  const { accepted, handshakes } = await rig.counts()
  expect({ accepted, handshakes }).toEqual({ accepted: made, handshakes: made })
}

/** Waits until a socket that was let go of now would be closed. */
async function graceIsOver() {
  const rig = await startRig()
  const page = show(<Status url={rig.url} />)
  await page.shows('open')
  page.render(null)
  await rig.until('closed', 1)
}

/** Takes everything away, and looks what was made in all. */
async function expectInAll(rig: RemoteRig, page: Page, made: number) {
  page.render(null)
  await expectSockets(rig, made, 0)
}

it('opens one socket after mount, with a render for each status, and closes it after unmount', async () => {
  const rig = await startRig()
  const seen: string[] = []
  const page = show(<Show of={() => seen[seen.push(useSocket(rig.url).status) - 1]} />)
  await page.shows('open')
  expect(seen).toEqual(['idle', 'connecting', 'open'])
  expect(page.commits()).toBe(3)
  await expectSockets(rig, 1, 1)
  await expectInAll(rig, page, 1)
  expect((await rig.connections())[0]?.closed).toEqual({ code: 1000, reason: '' })
})

it('B105 keeps the socket of a component that is unmounted and mounted again at once', async () => {
  const rig = await startRig()
  const page = show(<Status key="first" url={rig.url} />)
  await page.shows('open')
  page.render(<Status key="second" url={rig.url} />)
  await page.shows('open')
  await graceIsOver()
  await expectSockets(rig, 1, 1)
  await expectInAll(rig, page, 1)
})

it('opens another socket for a component that is mounted again later', async () => {
  const rig = await startRig()
  const page = show(<Status url={rig.url} />)
  await page.shows('open')
  page.render(null)
  await rig.until('closed', 1)
  page.render(<Status url={rig.url} />)
  await page.shows('open')
  await expectSockets(rig, 2, 1)
})

it('B105 makes one socket under StrictMode, and gives up no attempt', async () => {
  const rig = await startRig()
  const page = show(
    <StrictMode>
      <Status url={rig.url} />
    </StrictMode>,
  )
  await page.shows('open')
  await graceIsOver()
  await expectSockets(rig, 1, 1)
  await expectInAll(rig, page, 1)
})

it('B105 makes one socket under StrictMode on a link so slow that the second mount meets the attempt', async () => {
  const rig = await startRig()
  await rig.latency(150)
  const page = show(
    <StrictMode>
      <Status url={rig.url} />
    </StrictMode>,
  )
  await page.shows('open')
  await expectSockets(rig, 1, 1)
  await expectInAll(rig, page, 1)
})

it('B106 makes one socket over 1 000 renders with new options, and asks the newest getToken after a break', async () => {
  const rig = await startRig({ auth: { tokens: ['token 1', 'token 1000'] } })
  const asked: number[] = []
  const options = (round: number) => ({
    codec: json(),
    retryDelay: () => 0,
    auth: tokenAuth({
      getToken: () => {
        asked.push(round)
        return `token ${round}`
      },
      attach: 'message' as const,
      message: (token) => ({ type: 'auth', token }),
      isAccepted: (message: any) => message.type === 'auth-ok',
    }),
  })
  const page = show(<Status url={rig.url} options={options(1)} />)
  await page.shows('open')
  const before = page.commits()
  for (let round = 2; round <= 1_000; round += 1) {
    flushSync(() => page.render(<Status url={rig.url} options={options(round)} />))
  }
  expect(page.commits() - before).toBe(999)
  await expectSockets(rig, 1, 1)
  await rig.terminate()
  await rig.until('connections', 2)
  await page.shows('open')
  expect(asked).toEqual([1, 1_000])
  await expectInAll(rig, page, 2)
})

it('B107 makes one socket for 50 components with one URL, closed after the last of them', async () => {
  const rig = await startRig()
  const names = Array.from({ length: 50 }, (_, i) => `component ${i}`)
  const some = (count: number) => names.slice(0, count).map((name) => <Status key={name} url={rig.url} />)
  const page = show(<StrictMode>{some(50)}</StrictMode>)
  await page.shows('open'.repeat(50))
  await expectSockets(rig, 1, 1)
  page.render(<StrictMode>{some(1)}</StrictMode>)
  await page.shows('open')
  await graceIsOver()
  await expectSockets(rig, 1, 1)
  await expectInAll(rig, page, 1)
})

it('B107 makes one socket for two roots with one URL', async () => {
  const rig = await startRig()
  const pages = [show(<Status url={rig.url} />), show(<Status url={rig.url} />)] as const
  for (const page of pages) await page.shows('open')
  await expectSockets(rig, 1, 1)
  pages[0].render(null)
  await graceIsOver()
  await expectSockets(rig, 1, 1)
  await expectInAll(rig, pages[1], 1)
})

it('B108 moves to another socket when the URL changes, and back, each closed when it was left', async () => {
  const rig = await startRig()
  const page = show(<Status url={`${rig.url}a`} />)
  await page.shows('open')
  page.render(<Status url={`${rig.url}b`} />)
  await rig.until('connections', 2)
  await expectSockets(rig, 2, 1)
  await page.shows('open')
  page.render(<Status url={`${rig.url}a`} />)
  await rig.until('connections', 3)
  await expectSockets(rig, 3, 1)
  await page.shows('open')
  await expectInAll(rig, page, 3)
  expect((await rig.connections()).map(({ url }) => url)).toEqual(['/a', '/b', '/a'])
})

it('B113 leaves no socket when it is unmounted while connecting', async () => {
  const rig = await startRig()
  await rig.latency(200)
  const page = show(<Status url={rig.url} />)
  await rig.until('handshakes', 1)
  await page.shows('connecting')
  await expectInAll(rig, page, 1)
})

it('B113 closes the socket of a component that fails in a later render, and makes none for one that fails at first', async () => {
  const rig = await startRig()
  const never = await startRig()
  class Boundary extends Component<{ children: ReactNode }> {
    override state = { failed: false }
    static getDerivedStateFromError = () => ({ failed: true })
    override render() {
      return this.state.failed ? 'failed' : this.props.children
    }
  }
  function Faulty({ url, fails }: { url: string; fails: boolean }) {
    const { status } = useSocket(url)
    if (fails) throw new Error('Faulty on purpose')
    return status
  }
  // React logs what a boundary catches.
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const page = show(
    <Boundary>
      <Faulty url={rig.url} fails={false} />
    </Boundary>,
  )
  await page.shows('open')
  page.render(
    <Boundary>
      <Faulty url={rig.url} fails />
    </Boundary>,
  )
  await page.shows('failed')
  await expectSockets(rig, 1, 0)
  const other = show(
    <Boundary>
      <Faulty url={never.url} fails />
    </Boundary>,
  )
  await other.shows('failed')
  await graceIsOver()
  await expectSockets(never, 0, 0)
})

it('shows a break, and comes back by itself', async () => {
  const rig = await startRig()
  const seen = new Set<string>()
  const options = { retryDelay: () => 50 }
  const page = show(
    <Show
      of={() => {
        const { status } = useSocket(rig.url, options)
        seen.add(status)
        return status
      }}
    />,
  )
  await page.shows('open')
  seen.clear()
  await rig.reset()
  await rig.until('connections', 2)
  await page.shows('open')
  expect([...seen]).toEqual(['waiting', 'connecting', 'open'])
  await expectSockets(rig, 2, 1)
})

describe.skipIf(inject('react') === '18')('with React 19 (18 has no use() and no <Activity>)', () => {
  /** Suspends until the socket is open, in the very component that has it. */
  function Suspending({ url, note }: { url: string; note: () => void }) {
    note()
    const { socket, status } = useSocket(url, { retryDelay: () => 200 })
    React.use(socket.opened())
    return status
  }

  it('makes one socket for a component that suspends until it is open, also under StrictMode', async () => {
    const rig = await startRig()
    await rig.latency(150)
    let renders = 0
    const note = () => {
      renders += 1
    }
    const page = show(
      <StrictMode>
        <Suspense fallback="waits">
          <Suspending url={rig.url} note={note} />
        </Suspense>
      </StrictMode>,
    )
    await page.shows('waits')
    await page.shows('open')
    await graceIsOver()
    expect(renders).toBeLessThan(12)
    await expectSockets(rig, 1, 1)
    await expectInAll(rig, page, 1)
  })

  it('does not suspend the page again at a break', async () => {
    const rig = await startRig()
    let fallbacks = 0
    const Fallback = () => {
      fallbacks += 1
      return 'waits'
    }
    const page = show(
      <Suspense fallback={<Fallback />}>
        <Suspending url={rig.url} note={() => {}} />
      </Suspense>,
    )
    await page.shows('open')
    const before = fallbacks
    await rig.reset()
    await page.shows('waiting')
    await rig.until('connections', 2)
    await page.shows('open')
    expect(fallbacks).toBe(before)
    await expectInAll(rig, page, 2)
  })

  const activity = (url: string, mode: 'hidden' | 'visible') => (
    <StrictMode>
      <React.Activity mode={mode}>
        <Status url={url} />
      </React.Activity>
    </StrictMode>
  )

  it('B111 closes the socket of an Activity that is hidden, and opens one when it is shown', async () => {
    const rig = await startRig()
    const page = show(activity(rig.url, 'hidden'))
    await graceIsOver()
    await expectSockets(rig, 0, 0)
    page.render(activity(rig.url, 'visible'))
    await page.shows('open')
    await expectSockets(rig, 1, 1)
    page.render(activity(rig.url, 'hidden'))
    await expectSockets(rig, 1, 0)
    page.render(activity(rig.url, 'visible'))
    await rig.until('connections', 2)
    await page.shows('open')
    await expectSockets(rig, 2, 1)
    await expectInAll(rig, page, 2)
  })

  it('B111 keeps the socket of an Activity that is hidden for a moment', async () => {
    const rig = await startRig()
    const page = show(activity(rig.url, 'visible'))
    await page.shows('open')
    page.render(activity(rig.url, 'hidden'))
    await frame()
    page.render(activity(rig.url, 'visible'))
    await graceIsOver()
    await expectSockets(rig, 1, 1)
    await expectInAll(rig, page, 1)
  })
})
