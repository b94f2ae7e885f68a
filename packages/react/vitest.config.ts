// The test projects of @hawser/react, with React 19 and 18: units in a simulated page, hot reload, and the truth in
// browsers.
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import { browserProjects, patience, reporting } from '../../tooling/vitest.mjs'
import { commands } from './test/support/commands.ts'

// Tests look whether they got the React that their project is about.
const react19 = { provide: { react: '19' } }
const react18 = { provide: { react: '18' } }

const { resolve } = createRequire(import.meta.url)

/** React 18 in the place of the newest. */
const aliases = {
  alias: [
    { find: /^react(?=\/|$)/, replacement: dirname(resolve('react-18/package.json')) },
    { find: /^react-dom(?=\/|$)/, replacement: dirname(resolve('react-dom-18/package.json')) },
  ],
}

const sideBySide = { maxWorkers: 2, pool: 'threads' } as const
const units = { ...sideBySide, include: ['test/unit/**/*.test.{ts,tsx}'], environment: 'happy-dom' }

const browsers = await browserProjects({
  include: ['test/truth/**/*.test.tsx'],
  engines: ['chromium', 'firefox'],
  dependencies: ['react', 'react/jsx-runtime', 'react/jsx-dev-runtime', 'react-dom', 'react-dom/client'],
  commands,
})

/** The same browser once more, with React 18. */
function withReact18({ test, ...project }: TestProjectInlineConfiguration): TestProjectInlineConfiguration {
  const { instances = [], ...browser } = test?.browser ?? {}
  return {
    ...project,
    resolve: aliases,
    // Of its own: under the same names there are other packages in it.
    cacheDir: 'node_modules/.vite-react-18',
    test: {
      ...test,
      ...react18,
      sequence: { groupOrder: 20 },
      browser: {
        ...browser,
        instances: instances.map((instance) => ({ ...instance, name: `${instance.browser} react-18` })),
      },
    },
  }
}

export default defineConfig({
  test: {
    ...reporting,
    projects: [
      { test: { ...units, ...react19, name: 'unit' } },
      {
        resolve: aliases,
        test: { ...units, ...react18, name: 'unit react-18', setupFiles: ['test/support/react-18.mjs'] },
      },
      { test: { ...sideBySide, name: 'built', include: ['test/built/**/*.test.ts'] } },
      {
        test: {
          ...patience,
          name: 'hot reload',
          include: ['test/hot-reload/**/*.test.ts'],
          sequence: { groupOrder: 1 },
        },
      },
      ...browsers.map(({ test, ...project }) => ({ ...project, test: { ...test, ...react19 } })),
      ...browsers.map(withReact18),
    ],
  },
})
