// Pages for the truth: real roots, without `act`, on which renders are counted by React's own profiler.

import { Profiler, type ReactElement, type ReactNode, version } from 'react'
import { createRoot, type Root } from 'react-dom/client'
import { afterEach, expect, inject, vi } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    react: string
  }
}

expect(version.split('.')[0]).toBe(inject('react'))

const roots: Root[] = []

afterEach(() => {
  for (const root of roots.splice(0)) root.unmount()
  vi.restoreAllMocks()
})

/** A page with something on it, and what React committed there. */
export function show(page: ReactNode) {
  const container = document.createElement('main')
  document.body.append(container)
  const root = createRoot(container)
  roots.push(root)
  let commits = 0
  const count = () => {
    commits += 1
  }
  const render = (next: ReactNode) =>
    root.render(
      <Profiler id="page" onRender={count}>
        {next}
      </Profiler>,
    )
  render(page)
  return {
    container,
    render,
    commits: () => commits,
    /** Resolves once that can be read on the page. */
    shows: (text: string) =>
      vi.waitFor(() => expect(container.textContent).toBe(text), { timeout: 30_000, interval: 5 }),
  }
}

export type Page = ReturnType<typeof show>

export const frame = () => new Promise((resolve) => requestAnimationFrame(resolve))

/** What a component shows of a hook. */
export function Show({ of }: { of: () => ReactNode }): ReactElement {
  return <p>{of()}</p>
}
