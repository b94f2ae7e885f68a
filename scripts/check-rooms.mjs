// Holds the three import rules of packages/core/src: node scripts/check-rooms.mjs prints each breach and fails.
//
// 1. Timers, clock, randomness and platform globals are named only in environment.ts, signals.ts and the platform rooms.
// 2. There are no import cycles, type imports included.
// 3. A room imports only what its row in `rooms` allows, so that pure rooms know neither the shell nor each other.
//
// A room is a file or a folder directly under src. Test files are exempt.
import { readdirSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

/** Rooms that are the platform's side of the house and may name what they like. */
const platformRooms = [
  'environment',
  'signals',
  'bindings',
  'indexeddb',
  'logger',
  'storage',
  'tabs',
  'testing',
  // It makes events, and is one target of them, as the platform's own class is.
  'websocket',
]

/** Globals that neither keep time, nor draw lots, nor touch the world. Whatever is not here needs the environment. */
const pureGlobals = new Set(
  `undefined NaN Infinity isNaN isFinite parseInt parseFloat encodeURIComponent decodeURIComponent
  Object Array String Number Boolean Symbol BigInt Math JSON Promise Map Set WeakMap WeakSet WeakRef RegExp Reflect Proxy
  Error TypeError RangeError SyntaxError AggregateError DOMException
  ArrayBuffer SharedArrayBuffer DataView Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array
  Uint32Array Float32Array Float64Array BigInt64Array BigUint64Array
  URL URLSearchParams TextEncoder TextDecoder AbortController AbortSignal Blob atob btoa`.split(/\s+/),
)

/** Members of pure globals that are not pure. */
const impureMembers = new Set(['Math.random', 'AbortSignal.timeout'])

/** Vocabulary that every room may import. */
const common = ['deferred', 'errors', 'platform', 'timer', 'types', 'url', 'validate', 'wire-data']

/** Rooms that decide and never act: they know the vocabulary and nothing else. */
const pure = ['auth', 'codec', 'connection', 'heartbeat', 'queue', 'rotation']

/** socket.ts and what it is made of. Only index.ts and the doors below may know them. */
const shell = [
  'socket',
  'emitter',
  'environment',
  'inbox',
  'inspect',
  'iterate',
  'life',
  'options',
  'sender',
  'signals',
  'store',
  'transport',
]

/**
 * What a room may import beside the vocabulary: `values`, or `types` alone. '*' is every room.
 *
 * @typedef {{ values?: string[], types?: string[] }} Row
 * @type {Record<string, Row>}
 */
const rooms = {
  ...rows(common, {}),
  types: { types: ['*'] },
  ...rows(pure, {}),
  ...rows(shell, {
    values: [...shell, 'codec', 'connection', 'queue'],
    types: ['auth', 'heartbeat', 'rotation'],
  }),
  index: { values: ['*'] },
  global: { values: ['*'] },
  tabs: { values: ['signals'], types: ['queue'] },
  indexeddb: { values: ['queue', 'tabs'] },
  storage: { values: ['queue', 'tabs'] },
  requests: { values: ['codec', 'inbox'], types: ['socket'] },
  channels: { values: ['emitter', 'inbox', 'store'], types: ['socket'] },
  websocket: { values: ['index', 'environment'] },
  logger: { types: ['inspect'] },
  bindings: { values: ['index', 'environment'] },
  testing: { values: ['queue'], types: ['*'] },
}

/**
 * @param {string[]} names
 * @param {Row} row
 */
function rows(names, row) {
  return Object.fromEntries(names.map((name) => [name, row]))
}

/** @type {ts.CompilerOptions} */
const options = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.Preserve,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
  types: [],
  noEmit: true,
}
const host = ts.createCompilerHost(options)
const read = host.getSourceFile
const libs = new Map()
host.getSourceFile = (name, ...rest) => {
  if (!name.includes('/typescript/lib/')) return read(name, ...rest)
  if (!libs.has(name)) libs.set(name, read(name, ...rest))
  return libs.get(name)
}

/** @typedef {{ from: string, to: string, typeOnly: boolean, at: string }} Import */

/**
 * @param {string} src the folder of sources
 * @returns {string[]} the breaches, each as "file:line what is wrong"
 */
export function checkRooms(src) {
  const root = resolve(src)
  const program = ts.createProgram(sourcesIn(root), options, host)
  const checker = program.getTypeChecker()
  const files = program.getSourceFiles().filter((file) => inside(root, file.fileName))
  const imports = files.flatMap((file) => importsOf(file, root))
  return [
    ...files.flatMap((file) => strayGlobals(file, root, checker)),
    ...cycles(imports),
    ...imports.flatMap(forbiddenImport),
  ]
}

/**
 * Rule 1.
 *
 * @param {ts.SourceFile} file
 * @param {string} root
 * @param {ts.TypeChecker} checker
 */
function strayGlobals(file, root, checker) {
  /** @type {string[]} */
  const breaches = []
  if (platformRooms.includes(roomOf(nameOf(file, root)))) return breaches
  visit(file, (node) => {
    if (!ts.isIdentifier(node) || !isValue(node) || !isGlobal(node, checker)) return
    const { parent } = node
    const member = ts.isPropertyAccessExpression(parent) ? `${node.text}.${parent.name.text}` : node.text
    if (!pureGlobals.has(node.text) || impureMembers.has(member)) {
      breaches.push(`${at(node, root)} names the global ${member}: take it from the environment`)
    }
  })
  return breaches
}

/**
 * Rule 2: from each file, the first way back to it.
 *
 * @param {Import[]} imports
 */
function cycles(imports) {
  /** @type {Map<string, string[]>} */
  const graph = new Map()
  for (const { from, to } of imports) graph.set(from, [...(graph.get(from) ?? []), to])
  const done = new Set()
  /** @type {string[]} */
  const breaches = []
  const walk = (/** @type {string} */ file, /** @type {string[]} */ path) => {
    if (path.includes(file)) {
      breaches.push(`${[...path.slice(path.indexOf(file)), file].join(' → ')} is an import cycle`)
    } else if (!done.has(file)) {
      for (const to of graph.get(file) ?? []) walk(to, [...path, file])
      done.add(file)
    }
  }
  for (const file of [...graph.keys()].sort()) walk(file, [])
  return breaches
}

/**
 * Rule 3.
 *
 * @param {Import} imported
 */
function forbiddenImport({ from, to, typeOnly, at }) {
  const [room, other] = [roomOf(from), roomOf(to)]
  const row = rooms[room]
  if (!row) return [`${at} the room ${room} has no row in scripts/check-rooms.mjs`]
  const allows = (/** @type {string[]} */ list = []) => list.includes(other) || list.includes('*')
  if (room === other || common.includes(other) || allows(row.values)) return []
  if (allows(row.types)) return typeOnly ? [] : [`${at} ${room} may import only types from ${other}`]
  return [`${at} ${room} may not import ${other}`]
}

/**
 * @param {ts.SourceFile} file
 * @param {string} root
 */
function importsOf(file, root) {
  /** @type {Import[]} */
  const found = []
  visit(file, (node) => {
    const specifier = specifierOf(node)
    if (!specifier) return
    const { resolvedModule } = ts.resolveModuleName(specifier.text, file.fileName, options, ts.sys)
    if (!resolvedModule || !inside(root, resolvedModule.resolvedFileName)) return
    const to = relative(root, resolvedModule.resolvedFileName).replaceAll(sep, '/')
    found.push({ from: nameOf(file, root), to, typeOnly: isTypeOnly(node), at: at(node, root) })
  })
  return found
}

/** @param {ts.Node} node */
function specifierOf(node) {
  const specifier =
    ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
      ? node.moduleSpecifier
      : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
        ? node.arguments[0]
        : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
          ? node.argument.literal
          : undefined
  return specifier && ts.isStringLiteralLike(specifier) ? specifier : undefined
}

/** @param {ts.Node} node */
function isTypeOnly(node) {
  if (ts.isImportTypeNode(node)) return true
  if (ts.isExportDeclaration(node)) return node.isTypeOnly
  if (!ts.isImportDeclaration(node) || !node.importClause) return false
  const { isTypeOnly, name, namedBindings } = node.importClause
  if (isTypeOnly) return true
  return (
    !name &&
    namedBindings !== undefined &&
    ts.isNamedImports(namedBindings) &&
    namedBindings.elements.every((element) => element.isTypeOnly)
  )
}

/**
 * Whether the name is read as a value here, and neither declares something nor is a member's or a type's name.
 *
 * @param {ts.Identifier} node
 */
function isValue(node) {
  const { parent } = node
  if (ts.isShorthandPropertyAssignment(parent)) return parent.name === node
  if (ts.isExpressionWithTypeArguments(parent)) {
    return ts.isHeritageClause(parent.parent) && ts.isClassLike(parent.parent.parent)
      ? parent.parent.token === ts.SyntaxKind.ExtendsKeyword
      : !ts.isHeritageClause(parent.parent)
  }
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node
  if (ts.isTypeNode(parent) || ts.isQualifiedName(parent) || ts.isTypeElement(parent)) return false
  if (ts.isImportSpecifier(parent) || ts.isImportClause(parent) || ts.isExportSpecifier(parent)) return false
  if ('name' in parent && parent.name === node) return false
  if ('propertyName' in parent && parent.propertyName === node) return false
  return !('label' in parent && parent.label === node)
}

/**
 * @param {ts.Identifier} node
 * @param {ts.TypeChecker} checker
 */
function isGlobal(node, checker) {
  const symbol = ts.isShorthandPropertyAssignment(node.parent)
    ? checker.getShorthandAssignmentValueSymbol(node.parent)
    : checker.getSymbolAtLocation(node)
  if (symbol && symbol.flags & ts.SymbolFlags.Alias) return false
  const declaration = symbol?.valueDeclaration
  // A name without a declaration is one of a platform whose types are not loaded, such as Node's `process`.
  if (!declaration || declaration.getSourceFile().isDeclarationFile) return true
  return (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Ambient) !== 0
}

/**
 * @param {ts.Node} node
 * @param {(node: ts.Node) => void} fn
 */
function visit(node, fn) {
  fn(node)
  ts.forEachChild(node, (child) => visit(child, fn))
}

/** @param {string} root */
function sourcesIn(root) {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !/\.(test|test-d|d)\.tsx?$/.test(file))
    .map((file) => join(root, file))
}

/**
 * @param {string} root
 * @param {string} file
 */
function inside(root, file) {
  return !relative(root, file).startsWith('..')
}

/**
 * @param {ts.SourceFile} file
 * @param {string} root
 */
function nameOf(file, root) {
  return relative(root, file.fileName).replaceAll(sep, '/')
}

/** @param {string} name such as queue/overflow.ts */
function roomOf(name) {
  return /** @type {string} */ (name.split('/')[0]).replace(/\.tsx?$/, '')
}

/**
 * @param {ts.Node} node
 * @param {string} root
 */
function at(node, root) {
  const file = node.getSourceFile()
  return `${nameOf(file, root)}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const breaches = checkRooms(fileURLToPath(new URL('../packages/core/src', import.meta.url)))
  for (const breach of breaches) console.error(`packages/core/src/${breach}`)
  process.exitCode = breaches.length > 0 ? 1 : 0
}
