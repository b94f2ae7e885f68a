// A vitest reporter that leaves how many tests passed and failed, by project, in .reports/run.json.
import { mkdirSync, writeFileSync } from 'node:fs'

/** @typedef {Record<string, { passed: number, failed: number, skipped: number }>} RunReport by project */

/** @typedef {import('vitest/node').Reporter} Reporter */

/** @implements {Reporter} */
export class Report {
  #ended = false

  onInit() {
    // Node 20 may spin for ever when it cleans up after sockets that tests have reset, so it gets no chance to.
    // And a run in which nothing was left to wait for before it ended is no success.
    process.once('beforeExit', () => process.exit(this.#ended ? process.exitCode : 1))
  }

  /**
   * @param {ReadonlyArray<import('vitest/node').TestModule>} modules
   * @param {ReadonlyArray<unknown>} unhandledErrors
   */
  onTestRunEnd(modules, unhandledErrors) {
    this.#ended = true
    /** @type {RunReport} */
    const report = {}
    const count = (/** @type {string} */ project) =>
      (report[project] ??= { passed: 0, failed: 0, skipped: 0 })
    for (const module of modules) {
      const counts = count(module.project.name)
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        counts[state === 'pending' ? 'failed' : state]++
      }
      // A file that could not be loaded has no tests that failed, yet it did.
      counts.failed += module.errors().length
    }
    if (unhandledErrors.length > 0) count('unhandled errors').failed += unhandledErrors.length
    mkdirSync('.reports', { recursive: true })
    writeFileSync('.reports/run.json', JSON.stringify(report, null, 2))
  }
}
