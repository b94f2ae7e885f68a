// The pace of a page: what has changed is shown together, once per frame.

/** Milliseconds between two showings where no frames are drawn: in hidden tabs, and outside of pages. */
const unseen = 50
/** Milliseconds after which a frame is no longer waited for: the page was hidden meanwhile. */
const patience = 1_000

let due = new Set<() => void>()
/** What the next frame was asked for with. */
let asked: typeof setTimeout | undefined

/** Calls `fn` once before the next frame is drawn, however often it is asked for until then. */
export function atNextFrame(fn: () => void): void {
  const isFirst = !due.size
  due.add(fn)
  // With fake timers a test takes away what was due in them.
  if (isFirst || asked !== setTimeout) request()
}

/** Calls `fn`. What it throws is reported, and harms nobody else. */
export function attempt(fn: () => void): void {
  try {
    fn()
  } catch (error) {
    ;(globalThis.reportError ?? console.error)(error)
  }
}

function request(): void {
  const { document, requestAnimationFrame, cancelAnimationFrame } = globalThis as Partial<typeof globalThis>
  const isDrawn = requestAnimationFrame && document?.visibilityState !== 'hidden'
  asked = setTimeout
  const timer = setTimeout(run, isDrawn ? patience : unseen)
  let frame: number | undefined
  if (isDrawn) frame = requestAnimationFrame(run)
  function run() {
    clearTimeout(timer)
    if (frame !== undefined) cancelAnimationFrame?.(frame)
    const now = due
    due = new Set()
    for (const fn of now) attempt(fn)
  }
}
