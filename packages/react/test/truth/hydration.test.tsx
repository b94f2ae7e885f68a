// A page that a server rendered, in a process without a window, comes to life without a word on the console.
import * as React from 'react'
import { hydrateRoot } from 'react-dom/client'
import { expect, inject, it, vi } from 'vitest'
import { commands } from 'vitest/browser'
import { useRig } from '../../../core/test/support/harness'
import * as hooks from '../../src'
import { createPage } from '../support/page.mjs'
import './support'

declare module 'vitest/browser' {
  interface BrowserCommands {
    renderOnServer(url: string, react: string): Promise<string>
  }
}

const startRig = useRig()

it('B109 hydrates what a server rendered without a warning, and opens one socket', async () => {
  const rig = await startRig({ greeting: ['hello'] })
  const said = [vi.spyOn(console, 'error'), vi.spyOn(console, 'warn')]
  const container = document.createElement('main')
  container.innerHTML = await commands.renderOnServer(rig.url, inject('react'))
  expect(container.textContent).toContain('"status":"idle"')
  const mended: unknown[] = []
  const server = container.innerHTML
  const node = container.firstChild
  const root = hydrateRoot(container, createPage(React, hooks)(rig.url), {
    onRecoverableError: (error) => mended.push(error),
  })
  await vi.waitFor(() =>
    expect(container.textContent).toContain('"status":"open","queued":0,"lastMessage":"hello"'),
  )
  // The server's own element lives on.
  expect(container.firstChild).toBe(node)
  expect(container.innerHTML).not.toBe(server)
  expect(mended).toEqual([])
  for (const spy of said) expect(spy.mock.calls).toEqual([])
  root.unmount()
  await rig.until('alive', 0)
  expect((await rig.counts()).accepted).toBe(1)
})
