// In a page: one face, mounted, and a burst of messages that each read different.

import { loadFace } from '../faces'
import type { Mounted } from '../faces/face'
import type { Bench } from '../hosts/host'

export interface Burst {
  /** Milliseconds from the request until the last message was about to be told. */
  readonly heardAfter: number
  /** The same until the page shows the last message. */
  readonly shownAfter: number
  readonly renders: number
  readonly frames: number
  /** Messages that the face's own handler was called with. */
  readonly heard: number
}

let mounted: Mounted
let root: HTMLElement
let native = 0
let renders = 0
let heard = 0
/** Called before anybody else hears of a message. */
let onNative: (data: string) => void = () => {}

/** Counts the native sockets from here on, and listens to each first. */
function watchSockets(): void {
  const Native = globalThis.WebSocket
  globalThis.WebSocket = class extends Native {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols)
      native++
      this.addEventListener('message', ({ data }) => onNative(data))
    }
  }
}

export async function mount(
  _: Bench,
  { face, url, strict = false }: { face: string; url: string; strict?: boolean },
): Promise<void> {
  watchSockets()
  root = document.body.appendChild(document.createElement('div'))
  const { mount } = await loadFace(face)
  mounted = await mount({
    root,
    url,
    strict,
    onRender: () => {
      renders++
    },
    onMessage: () => {
      heard++
    },
  })
  // Asked until it is answered: before the connection is open some throw, some drop and some wait.
  const answered = new Promise<void>((resolve) => {
    onNative = () => resolve()
  })
  const asking = setInterval(() => {
    try {
      mounted.send('hello')
    } catch {}
  }, 20)
  await answered
  clearInterval(asking)
  await quiet()
}

export async function burst(_: Bench, { messages }: { messages: number }): Promise<Burst> {
  await quiet()
  const before = { renders, heard }
  let frames = 0
  let counting = true
  const count = () => {
    frames++
    if (counting) requestAnimationFrame(count)
  }
  requestAnimationFrame(count)
  const start = performance.now()
  const last = `${messages - 1} `
  const told = new Promise<number>((resolve) => {
    onNative = (data) => {
      if (data.startsWith(last)) resolve(performance.now() - start)
    }
  })
  mounted.send(`!numbered ${messages}`)
  const heardAfter = await told
  while (!root.textContent?.startsWith(last)) await nextFrame()
  const shownAfter = performance.now() - start
  counting = false
  return { heardAfter, shownAfter, renders: renders - before.renders, frames, heard: heard - before.heard }
}

/** How many native sockets there were since the mount. */
export async function sockets(): Promise<number> {
  await quiet()
  return native
}

const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve))

/** Some frames in which nothing more comes. */
async function quiet(): Promise<void> {
  for (let frame = 0; frame < 20; frame++) await nextFrame()
}
