// vitest's global setup of the webkit projects, so that the driver starts only when one of them runs.
import { startWebKit } from './engines.mjs'

/** @param {import('vitest/node').TestProject} project */
export default async function setup(project) {
  /** @type {{ port?: number } | undefined} */
  const options = project.config.browser.provider?.options
  await startWebKit(options?.port ?? 0)
}
