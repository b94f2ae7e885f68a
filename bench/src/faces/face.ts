// What the benchmark asks of each face: one component that shows the last message, and hears each.

export interface Face {
  /** What differs from what the others do. */
  readonly note?: string
  mount(page: Page): Mounted | Promise<Mounted>
}

export interface Page {
  readonly root: HTMLElement
  readonly url: string
  /** React's StrictMode; nothing to the others. */
  readonly strict: boolean
  /** The component was rendered. */
  readonly onRender: () => void
  /** The face's own way of hearing each message called back. */
  readonly onMessage: (data: string) => void
}

export interface Mounted {
  /** Over the face's own connection. */
  send(data: string): void
  unmount(): void
}
