// The pace of a page: what has changed is shown together, once per frame.

/** Milliseconds between two showings where no frames are drawn: in hidden tabs, and outside of pages. */
const unseen = 50
/** Milliseconds after which a frame is no longer waited for: the page was hidden meanwhile. */
const patience = 1_000

let due = new Set<() => void>()

/** Calls `fn` once before the next frame is drawn, however often it is asked for until then. */
export function atNextFrame(fn: () => void): void {
  due.add(fn)
  if (due.size === 1) request()
}

function request(): void {
  const { document, requestAnimationFrame, cancelAnimationFrame } = globalThis as Partial<typeof globalThis>
  const isDrawn = requestAnimationFrame && document?.visibilityState !== 'hidden'
  const timer = setTimeout(run, isDrawn ? patience : unseen)
  const frame = isDrawn ? requestAnimationFrame(run) : undefined
  function run() {
    clearTimeout(timer)
    if (frame !== undefined) cancelAnimationFrame?.(frame)
    const now = due
    due = new Set()
    for (const fn of now) {
      try {
        fn()
      } catch (error) {
        ;(globalThis.reportError ?? console.error)(error)
      }
    }
  }
}
