// useOwnedSocket: the socket of a component that was given a URL, from mount to unmount.

import { type Given, isSameTarget, type SharedSocket, shareSocket, targetOf } from '@hawser/core/bindings'
import { useEffect, useRef, useState } from 'react'

/**
 * A socket for each URL and identity, shared with the components that give the same, connected while mounted. Functions
 * are one and the same URL to a component, for they are new at each render; the newest one is called.
 */
export function useOwnedSocket(newest: Given): SharedSocket {
  const target = targetOf(newest)
  // State, not a memo: hot reload and StrictMode keep it.
  const [held, hold] = useState(() => ({ target, shared: shareSocket(target, newest) }))
  let { shared } = held
  if (target && !isSameTarget(target, held.target)) {
    // The first URL takes the socket that waited for it, with its queue.
    if (held.target) shared = shareSocket(target, newest)
    hold({ target, shared })
  }

  // What the socket calls: it is another object than any render's, so that each component is one holder.
  const [given] = useState(() => ({ ...newest }))
  useEffect(() => {
    Object.assign(given, newest)
    shared.prefer(given)
  })
  const wanted = target !== undefined
  const isEnabled = wanted && newest.options?.enabled !== false
  const previous = useRef(shared)
  // Behind the effect above: the first attempt is already made with the newest functions.
  useEffect(() => {
    if (previous.current !== shared) previous.current.drop()
    previous.current = shared
    const now = shared.for(held.target, given)
    if (now === shared) return now.hold(given, isEnabled)
    hold({ target: held.target, shared: now })
    return undefined
  }, [shared, held.target, isEnabled, given])
  return shared
}
