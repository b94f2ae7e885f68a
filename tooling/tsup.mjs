// How every library here is built: each door of package.json's `exports` as ESM and CommonJS with types.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * What `exports` calls ./dist/testing/index.js is built from src/testing/index.ts: to add a door, add it there.
 *
 * @param {string} folder the package's
 * @param {import('tsup').Options} [options] what this package needs beyond that
 * @returns {import('tsup').Options}
 */
export function library(folder, { dts, ...options } = {}) {
  /** @type {{ exports: Record<string, { import: string }> }} */
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const doors = Object.values(exports).map((door) => door.import.slice('./dist/'.length, -'.js'.length))
  return {
    entry: Object.fromEntries(doors.map((door) => [door, `src/${door}.ts`])),
    format: ['esm', 'cjs'],
    target: 'es2022',
    tsconfig: 'tsconfig.src.json',
    sourcemap: true,
    clean: true,
    ...options,
    dts: { compilerOptions: { ignoreDeprecations: '6.0' }, ...(typeof dts === 'object' ? dts : {}) },
  }
}
