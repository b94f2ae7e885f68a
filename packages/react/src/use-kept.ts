// useKept: one value for each source.

import { useState } from 'react'

/** Like a memo of `make`, but kept for certain, over hot reload too, as long as `source` is the same. */
export function useKept<Source, T>(source: Source, make: (source: Source) => T): T {
  const [kept, keep] = useState(() => ({ source, value: make(source) }))
  if (kept.source === source) return kept.value
  const next = { source, value: make(source) }
  keep(next)
  return next.value
}
