// Runs pnpm at the version that package.json's devEngines names: node scripts/pm.mjs <pnpm arguments>.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const root = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const { name, version } = root.devEngines.packageManager

const quiet = { TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1', TURBO_NO_UPDATE_NOTIFIER: '1' }
const run = spawnSync('npx', ['-y', `${name}@${version}`, ...process.argv.slice(2)], {
  stdio: 'inherit',
  shell: process.platform === 'win32',
  env: { ...process.env, ...quiet },
})
if (run.error) throw run.error
process.exitCode = run.status ?? 1
