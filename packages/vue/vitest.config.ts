// The test projects of @hawser/vue, each with the newest Vue and with 3.4: units in a simulated page, and the truth in
// browsers. And components that are edited while they run.
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { browserProjects, patience, reporting } from '../../tooling/vitest.mjs'
import { commands } from '../core/test/support/commands.ts'
import { pageCommands } from './test/support/commands.ts'

const installed = (path: string) => join(import.meta.dirname, 'node_modules', path)

/** `vue` says with what a project is to run, so that no test can take the one for the other. */
const newest = {
  suffix: '',
  provide: { vue: '3.5.45' },
  packages: ['vue', '@vue/server-renderer'],
  onServer: {},
  alias: [],
}
/** What imports Vue by itself is taken as ES modules: only there can another Vue be put into its place. */
const oldest = {
  suffix: ' vue-3.4',
  provide: { vue: '3.4.0' },
  packages: ['vue-3.4', '@vue/server-renderer'],
  onServer: { vue: 'vue-3.4', '@vue/server-renderer': 'server-renderer-3.4' },
  alias: [
    { find: /^vue$/, replacement: 'vue-3.4' },
    {
      find: /^@vue\/server-renderer$/,
      replacement: installed('server-renderer-3.4/dist/server-renderer.esm-bundler.js'),
    },
    {
      find: /^@vue\/test-utils$/,
      replacement: installed('@vue/test-utils/dist/vue-test-utils.esm-bundler.mjs'),
    },
  ],
}

const units = [newest, oldest].map(({ suffix, alias, provide }) => ({
  resolve: { alias },
  test: {
    name: `unit${suffix}`,
    include: ['test/unit/**/*.test.ts'],
    environment: 'happy-dom',
    maxWorkers: 2,
    pool: 'threads',
    provide,
    server: { deps: { inline: [/@vue\/(test-utils|server-renderer)/] } },
  },
}))

const truth = await Promise.all(
  [newest, oldest].map(async ({ suffix, alias, provide, packages, onServer }, round) => {
    const projects = await browserProjects({
      include: ['test/truth/**/*.test.ts'],
      engines: ['chromium', 'firefox'],
      dependencies: packages,
      commands: { ...commands, ...pageCommands(onServer) },
    })
    return projects.map(({ test, ...project }) => ({
      ...project,
      resolve: { alias },
      test: {
        ...test,
        provide,
        setupFiles: ['test/support/flags.ts'],
        sequence: { groupOrder: 10 + round },
        browser: {
          ...test?.browser,
          instances: test?.browser?.instances?.map((one) => ({ ...one, name: `${one.name}${suffix}` })),
        },
      },
    }))
  }),
)

export default defineConfig({
  test: {
    ...reporting,
    projects: [
      ...units,
      {
        test: {
          ...patience,
          name: 'hot reload',
          include: ['test/hot-reload/**/*.test.ts'],
          sequence: { groupOrder: 1 },
        },
      },
      ...truth.flat(),
    ],
  },
} as never)
