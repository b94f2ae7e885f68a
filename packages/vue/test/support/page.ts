// Components in a real page: what they show, how often they were updated, and that Vue had nothing to complain about.

import { afterEach, beforeEach, expect, vi } from 'vitest'
import { type App, type Component, createApp, defineComponent, h, onUpdated, type Ref } from 'vue'
import { expectOurVue } from './vue-version'

/** Call it once in a test file: the apps that are mounted with what it gives are unmounted after each test. */
export function usePage() {
  const shown: Array<{ unmount(): void }> = []
  beforeEach(() => {
    expectOurVue()
    vi.spyOn(console, 'warn')
    vi.spyOn(console, 'error')
  })
  afterEach(() => {
    for (const page of [...shown]) page.unmount()
    expect(console.warn).not.toHaveBeenCalled()
    expect(console.error).not.toHaveBeenCalled()
    vi.restoreAllMocks()
  })
  return (component: Component, { html = '', create = createApp as (component: Component) => App } = {}) => {
    const container = document.createElement('main')
    container.innerHTML = html
    document.body.append(container)
    const app = create(component)
    app.mount(container)
    const page = {
      container,
      shows: (text: string) =>
        vi.waitFor(() => expect(container.textContent).toBe(text), { timeout: 30_000, interval: 10 }),
      unmount() {
        app.unmount()
        container.remove()
        shown.splice(shown.indexOf(page), 1)
      },
    }
    shown.push(page)
    return page
  }
}

/** A component that shows what `setup` gives, and counts: calls of its render, and updates of the page. */
export function counting(setup: () => Readonly<Ref<unknown>> | (() => unknown)) {
  const counted = { renders: 0, updates: 0 }
  const component = defineComponent(() => {
    const shown = setup()
    onUpdated(() => {
      counted.updates += 1
    })
    return () => {
      counted.renders += 1
      return h('p', String(typeof shown === 'function' ? shown() : shown.value))
    }
  })
  return { component, counted }
}

/** Counts the frames of the page from now on. */
export function countFrames() {
  let frames = 0
  let request = requestAnimationFrame(function count() {
    frames += 1
    request = requestAnimationFrame(count)
  })
  return () => {
    cancelAnimationFrame(request)
    return frames
  }
}
