// Renders the page on a server, with the built files: `node render.mjs URL`.
import { createRequire } from 'node:module'
import { createPage } from './page.mjs'

const require = createRequire(import.meta.url)
const page = createPage(require('react'), require('../../dist/index.cjs'))
process.stdout.write(require('react-dom/server').renderToString(page(process.argv[2])))
