// React 18 is what packages find that ask for React, once this is loaded. (An alias does not reach into packages.)
import Module, { createRequire } from 'node:module'

const here = createRequire(import.meta.url)
/** @type {{ _resolveFilename: (request: string, ...rest: unknown[]) => string }} */
const modules = /** @type {any} */ (Module)
const resolve = modules._resolveFilename
modules._resolveFilename = (request, ...rest) => {
  const [, name, path = ''] = /^(react|react-dom)(\/.*)?$/.exec(request) ?? []
  return name ? here.resolve(`${name}-18${path}`) : resolve(request, ...rest)
}
