// `npm test`: builds and checks everything, runs all tests, then says what passed, what failed and which engines ran.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { engineVersion, findEngines } from '../tooling/engines.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const folders = ['checks', 'bench', ...inside('packages'), ...inside('examples')]
for (const folder of folders) rmSync(join(root, folder, '.reports'), { recursive: true, force: true })

const checked = turbo('build', 'typecheck', 'check', 'lint')
// One package at a time: tests of timing on a small machine should not starve each other.
const tested = turbo('test', '--concurrency=1')

const total = { passed: 0, failed: 0, skipped: 0 }
/** @type {Map<string, typeof total>} */
const byProject = new Map()
console.log('\nTests')
for (const folder of folders) {
  for (const [project, counts] of Object.entries(reportOf(folder))) {
    console.log(`  ${`${folder} ${project}`.padEnd(32)} ${inWords(counts)}`)
    add(total, counts)
    byProject.set(project, add(byProject.get(project) ?? { passed: 0, failed: 0, skipped: 0 }, counts))
  }
}
console.log('\nEngines')
for (const engine of findEngines()) {
  const counts = byProject.get(engine.name)
  const fate = engine.missing
    ? `did not run: ${engine.missing}`
    : `${engineVersion(engine)}: ${counts ? inWords(counts) : 'did not run, see above'}`
  console.log(`  ${engine.name.padEnd(9)} ${fate}`)
}
if (!checked) console.log('\nA build, typecheck, check or lint failed: see above.')

// What failed outside a single test, such as a lint or a run that could not start, counts as one.
total.failed += (checked ? 0 : 1) + (!tested && total.failed === 0 ? 1 : 0)
console.log(`\n${total.passed} passed, ${total.failed} failed`)
process.exitCode = total.failed > 0 ? 1 : 0

/** @param {string[]} args */
function turbo(...args) {
  const pm = fileURLToPath(new URL('pm.mjs', import.meta.url))
  const { status } = spawnSync(process.execPath, [pm, 'exec', 'turbo', 'run', ...args, '--continue'], {
    cwd: root,
    stdio: 'inherit',
  })
  return status === 0
}

/** @param {string} folder */
function inside(folder) {
  return readdirSync(join(root, folder)).map((name) => `${folder}/${name}`)
}

/**
 * @param {string} folder
 * @returns {import('../tooling/report.mjs').RunReport}
 */
function reportOf(folder) {
  const file = join(root, folder, '.reports', 'run.json')
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
}

/**
 * @param {typeof total} sum
 * @param {typeof total} more
 */
function add(sum, more) {
  sum.passed += more.passed
  sum.failed += more.failed
  sum.skipped += more.skipped
  return sum
}

/** @param {typeof total} counts */
function inWords({ passed, failed, skipped }) {
  return [`${passed} passed`, failed && `${failed} failed`, skipped && `${skipped} skipped`]
    .filter(Boolean)
    .join(', ')
}
