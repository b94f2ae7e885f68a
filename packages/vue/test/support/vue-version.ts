// Which Vue a project is to run with, told by its configuration.

import { expect, inject } from 'vitest'
import { version } from 'vue'

declare module 'vitest' {
  interface ProvidedContext {
    vue: string
  }
}

export function expectOurVue(): void {
  expect(version).toBe(inject('vue'))
}
