// B103: 2 000 native messages, all at once and as a stream, against what they cost in renders.
import { createSocket, type Socket } from '@hawser/core'
import { StrictMode, startTransition, useState } from 'react'
import { expect, it } from 'vitest'
import { useRig } from '../../../core/test/support/harness'
import { useLastMessage, useMessages, useSocket, useSocketEvent } from '../../src'
import { frame, show } from './support'

const startRig = useRig()
const burst = Array.from({ length: 2_000 }, (_, i) => `message ${i}`)
const last = burst.at(-1) as string

/** Numbers the frames of the page, and writes down in which one each render came. */
function watchFrames() {
  let now = 0
  let isOver = false
  const renders: number[] = []
  const count = () => {
    now += 1
    if (!isOver) requestAnimationFrame(count)
  }
  requestAnimationFrame(count)
  return {
    note: () => void renders.push(now),
    /** Forgets what was rendered before the messages. */
    begin: () => renders.splice(0),
    end: () => {
      isOver = true
      return { renders: renders.length, frames: new Set(renders).size }
    },
  }
}

function Heard({ socket, heard }: { socket: Socket; heard: unknown[] }) {
  useSocketEvent(socket, 'message', (message) => heard.push(message))
  return null
}

const readers = {
  'useLastMessage(socket)': (socket: Socket) => String(useLastMessage(socket)),
  'useSocket(socket).lastMessage': (socket: Socket) => String(useSocket(socket).lastMessage),
  'useMessages(socket)': (socket: Socket) => String(useMessages(socket).at(-1)),
}

const arrivals = { 'at once': undefined, 'as a stream': 100_000 }

for (const [name, read] of Object.entries(readers)) {
  for (const [how, bytesPerSecond] of Object.entries(arrivals)) {
    it(`B103 renders ${name} once per frame at most when 2 000 messages come ${how}, and an event handler hears all`, async () => {
      const rig = await startRig({ greeting: burst })
      if (bytesPerSecond) await rig.slow(bytesPerSecond, 'down')
      const socket = createSocket(rig.url)
      const heard: unknown[] = []
      const watch = watchFrames()
      function Last() {
        const shown = read(socket)
        watch.note()
        return <p>{shown}</p>
      }
      const page = show([<Heard key="heard" socket={socket} heard={heard} />, <Last key="last" />])
      await page.shows('undefined')
      watch.begin()
      socket.connect()
      await page.shows(last)
      // Nothing comes behind.
      await frame()
      await frame()
      await socket.close()
      const { renders, frames } = watch.end()
      expect(heard).toEqual(burst)
      expect(renders).toBe(frames)
      expect(renders).toBeLessThan(burst.length / 8)
    })
  }
}

it('B103 keeps all 2 000 messages in an array, and keeps the old arrays as they were', async () => {
  const rig = await startRig({ greeting: burst })
  await rig.slow(100_000, 'down')
  const arrays: (readonly unknown[])[] = []
  function All() {
    const { socket } = useSocket(rig.url)
    const messages = useMessages(socket, { limit: burst.length })
    arrays.push(messages)
    return <p>{messages.length}</p>
  }
  const page = show(
    <StrictMode>
      <All />
    </StrictMode>,
  )
  await page.shows('2000')
  expect(arrays.at(-1)).toEqual(burst)
  const different = [...new Set(arrays)]
  expect(different.length).toBeGreaterThan(2)
  for (const one of different) expect(one).toEqual(burst.slice(0, one.length))
  expect((await rig.counts()).accepted).toBe(1)
})

it('shows the same last message in all components, also while a long transition renders', async () => {
  const rig = await startRig({ greeting: burst })
  // So slow that the burst spans many commits on a busy machine, too.
  await rig.slow(40_000, 'down')
  const socket = createSocket(rig.url)
  const Last = () => <i>{String(useLastMessage(socket))}</i>
  /** Takes its time, so that a transition is rendered over several frames. */
  function Slow() {
    const end = performance.now() + 4
    while (performance.now() < end);
    return null
  }
  const columns = [...'abcdefghij']
  let turn = (_page: number) => {}
  let interrupted = 0
  function Pages() {
    const [page, setPage] = useState(0)
    turn = setPage
    return columns.map((column) => [<Last key={`last ${column}`} />, <Slow key={`slow ${column} ${page}`} />])
  }
  const page = show(<Pages />)
  await page.shows('undefined'.repeat(10))
  const different: string[][] = []
  let commits = 0
  const observer = new MutationObserver(() => {
    commits += 1
    const texts = [...page.container.querySelectorAll('i')].map((one) => one.textContent as string)
    if (new Set(texts).size > 1) different.push(texts)
  })
  observer.observe(page.container, { subtree: true, childList: true, characterData: true })
  let isOver = false
  const keepTurning = () => {
    interrupted += 1
    startTransition(() => turn(interrupted))
    if (!isOver) requestAnimationFrame(keepTurning)
  }
  keepTurning()
  socket.connect()
  await page.shows(last.repeat(10))
  isOver = true
  observer.disconnect()
  await socket.close()
  expect(different).toEqual([])
  expect(commits).toBeGreaterThan(5)
})
