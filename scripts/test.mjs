// `npm test`: builds and checks everything, runs all tests, then says what passed, what failed and which engines ran.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { engineVersion, findEngines } from '../tooling/engines.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const folders = ['packages', 'examples']
  .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(folder, name)))
  .concat('bench', 'checks')
  .filter((folder) => read(folder, 'package.json')?.scripts?.test)
for (const folder of folders) rmSync(join(root, folder, '.reports'), { recursive: true, force: true })

const checked = turbo('build', 'typecheck', 'check', 'lint')
// They wait for timers and pages more than they work: two packages at a time. The playground's measures frames, alone.
const alone = '@hawser/example-playground'
const tested = [
  turbo('test', '--concurrency=2', `--filter=!${alone}`),
  turbo('test', `--filter=${alone}`),
].every(Boolean)

const total = { passed: 0, failed: 0, skipped: 0 }
/** @type {Map<string, typeof total>} */
const byProject = new Map()
console.log('\nTests')
for (const folder of folders) {
  /** @type {import('../tooling/report.mjs').RunReport} */
  const report = read(folder, '.reports/run.json') ?? {}
  // Whatever a run that leaves no report exits with, it is no success.
  if (Object.keys(report).length === 0) fail(`  ${folder.padEnd(32)} ran no tests to the end`)
  for (const [project, counts] of Object.entries(report)) {
    console.log(`  ${`${folder} ${project}`.padEnd(32)} ${inWords(counts)}`)
    add(total, counts)
    byProject.set(project, add(byProject.get(project) ?? { passed: 0, failed: 0, skipped: 0 }, counts))
  }
}
console.log('\nEngines')
for (const engine of findEngines()) {
  const counts = byProject.get(engine.name)
  const name = `  ${engine.name.padEnd(10)}`
  if (engine.missing) console.log(`${name} did not run: ${engine.missing}`)
  else if (counts) console.log(`${name} ${engineVersion(engine)}: ${inWords(counts)}`)
  else fail(`${name} ${engineVersion(engine)}: is here, but did not run`)
}
if (!checked) fail('\nA build, typecheck, check or lint failed: see above.')
if (!tested && total.failed === 0) fail('\nA test run failed outside its tests: see above.')

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

/**
 * @param {string} folder
 * @param {string} file
 */
function read(folder, file) {
  const path = join(root, folder, file)
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined
}

/** Something that is no single test counts as one. @param {string} why */
function fail(why) {
  console.log(why)
  total.failed++
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
