// Drawing no more than once per frame.

/** @returns asks for `draw` before the next frame, however often it is called until then */
export function perFrame(draw: () => void): () => void {
  let isDue = false
  return () => {
    if (isDue) return
    isDue = true
    requestAnimationFrame(() => {
      isDue = false
      draw()
    })
  }
}
