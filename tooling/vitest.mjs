// What the vitest configurations of the packages share: one project per browser engine, patience, and the report of each
// run.
import { resolve } from 'node:path'
import { browserOptions, enginesAreRequired, findEngines } from './engines.mjs'
import { Report } from './report.mjs'

const here = import.meta.dirname

/** Spread into the root `test` options: prints as usual, and leaves .reports/run.json for scripts/test.mjs. */
export const reporting = { reporters: ['default', new Report()] }

/** For all that waits for real servers and pages: as long as no busy machine takes, so that only what hangs is given up. */
export const patience = { testTimeout: 60_000, hookTimeout: 60_000 }

/**
 * One project per engine found, named after it. They wait more than they work: all engines of one group run side by side,
 * except WebKit, which comes after the others. The files of one engine run one after the other.
 *
 * @param {object} options
 * @param {string[]} options.include
 * @param {readonly import('./engines.mjs').EngineName[]} [options.engines] all, where not given
 * @param {string[]} [options.dependencies] npm packages that the tests load in the page; all of them are named, so
 *   that vite prepares them before the run and never reloads the page in the middle of it
 * @param {Record<string, import('vitest/node').BrowserCommand<any[]>>} [options.commands]
 * @param {number} [options.groupOrder] when they run: 10, unless given
 * @param {number} [options.maxWorkers] what the other projects of that group have, for vitest wants it to be the same
 * @returns {Promise<import('vitest/config').TestProjectInlineConfiguration[]>}
 */
export async function browserProjects({
  include,
  engines: wanted,
  dependencies = [],
  commands = {},
  groupOrder = 10,
  maxWorkers = 1,
}) {
  const engines = findEngines().filter(({ name }) => wanted?.includes(name) ?? true)
  const missing = engines.filter((engine) => engine.missing)
  if (enginesAreRequired && missing.length > 0) {
    throw new Error(
      `Engines are missing: ${missing.map(({ name, missing }) => `${name}: ${missing}`).join('; ')}`,
    )
  }
  const found = engines.filter((engine) => engine.path)
  return Promise.all(
    found.map(async (engine) => ({
      optimizeDeps: { noDiscovery: true, include: dependencies },
      test: {
        ...patience,
        include,
        maxWorkers,
        sequence: { groupOrder },
        globalSetup: engine.name === 'webkit' ? [resolve(here, 'webkit.setup.mjs')] : [],
        browser: { ...(await browserOptions(engine)), commands, fileParallelism: false },
      },
    })),
  )
}
