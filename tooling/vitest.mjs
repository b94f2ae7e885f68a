// What the vitest configurations of the packages share: one project per browser engine, and the report of each run.
import { resolve } from 'node:path'
import { browserOptions, enginesAreRequired, findEngines } from './engines.mjs'
import { Report } from './report.mjs'

const here = import.meta.dirname

/** Spread into the root `test` options: prints as usual, and leaves .reports/run.json for scripts/test.mjs. */
export const reporting = { reporters: ['default', new Report()] }

/**
 * One project per engine found, named after it. They run one after the other (`sequence.groupOrder`), since tests
 * of timing should not starve each other.
 *
 * @param {object} options
 * @param {string[]} options.include
 * @param {readonly import('./engines.mjs').EngineName[]} [options.engines] all, where not given
 * @param {string[]} [options.dependencies] npm packages that the tests load in the page; all of them are named, so
 *   that vite prepares them before the run and never reloads the page in the middle of it
 * @param {Record<string, import('vitest/node').BrowserCommand<any[]>>} [options.commands]
 * @returns {Promise<import('vitest/config').TestProjectInlineConfiguration[]>}
 */
export async function browserProjects({ include, engines: wanted, dependencies = [], commands = {} }) {
  const engines = findEngines().filter(({ name }) => wanted?.includes(name) ?? true)
  const missing = engines.filter((engine) => engine.missing)
  if (enginesAreRequired && missing.length > 0) {
    throw new Error(
      `Engines are missing: ${missing.map(({ name, missing }) => `${name}: ${missing}`).join('; ')}`,
    )
  }
  const found = engines.filter((engine) => engine.path)
  return Promise.all(
    found.map(async (engine, index) => ({
      optimizeDeps: { noDiscovery: true, include: dependencies },
      test: {
        include,
        fileParallelism: false,
        sequence: { groupOrder: 10 + index },
        globalSetup: engine.name === 'webkit' ? [resolve(here, 'webkit.setup.mjs')] : [],
        browser: { ...(await browserOptions(engine)), commands },
      },
    })),
  )
}
