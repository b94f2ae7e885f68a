// useNewest: what the newest render gave, for functions that are called later.

import { useInsertionEffect, useRef } from 'react'

/** Read `current` in effects and events, not in a render. */
export function useNewest<T>(value: T): { readonly current: T } {
  const newest = useRef(value)
  // Before every other effect, and without a word on servers.
  useInsertionEffect(() => {
    newest.current = value
  })
  return newest
}
