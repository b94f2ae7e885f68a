// useOwnedSocket: the socket of a component that was given a URL, from mount to unmount.

import { type Given, type SharedSocket, SocketHold, shareSocket } from '@hawser/core/bindings'
import { useEffect, useState } from 'react'

/**
 * A socket for each URL and identity, shared with the components that give the same, connected while mounted. Functions
 * are one and the same URL to a component, for they are new at each render; the newest one is called.
 */
export function useOwnedSocket(newest: Given): SharedSocket {
  // State, not memos: hot reload and StrictMode keep it.
  const [current, setCurrent] = useState(() => shareSocket(newest))
  const shared = current.for(newest)
  if (shared !== current) setCurrent(shared)

  // What the socket calls is another object than any render's, so that each component is one holder.
  const [given] = useState(() => ({ ...newest }))
  const [hold] = useState(() => new SocketHold(given))
  useEffect(() => {
    Object.assign(given, newest)
    shared.prefer(given)
  })
  const isWanted = newest.url !== null && newest.url !== undefined
  const isEnabled = isWanted && newest.options?.enabled !== false
  // Behind the effect above: the first attempt is already made with the newest functions.
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is wanted is read from `given`
  useEffect(() => {
    const now = hold.take(shared)
    if (now !== shared) setCurrent(now)
    return () => hold.release()
  }, [hold, shared, isWanted, isEnabled])
  return shared
}
