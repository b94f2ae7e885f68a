// What a WebSocket has to do (WHATWG WebSockets, section 3; HTML, event handlers), as a table: each rule says what is done
// and what must be seen. The browsers' own classes pass it too, which proves the table.

import { platform, type RemoteRig } from '../support/harness'
import type { TestServerOptions } from '../support/server'

export interface Rule {
  readonly rule: string
  readonly server?: TestServerOptions
  readonly see: (scene: Scene) => unknown
  readonly be: unknown
  /** Where a native class does something else, and what; so does ours where it cannot know better. */
  readonly departs?: { readonly [platform: string]: string }
  /** Ours departs there as well, since what the native class shows is all there is. */
  readonly evenOurs?: true
  /** True of one connection, not of one that comes back. */
  readonly single?: true
}

/** A class and a server. What is made of the class is closed after the test. */
export interface Scene {
  readonly WebSocket: typeof WebSocket
  readonly rig: RemoteRig
  readonly make: (...args: ConstructorParameters<typeof WebSocket> | []) => Watched
  readonly open: (protocols?: string | string[]) => Promise<Watched>
}

export interface Watched {
  readonly socket: WebSocket
  /** The types of the events so far. */
  readonly told: string[]
  readonly opened: Promise<Event>
  readonly failed: Promise<Event>
  readonly closed: Promise<CloseEvent>
  /** Resolves with the data of the first so many messages. */
  readonly heard: (count: number) => Promise<unknown[]>
}

export function watch(socket: WebSocket): Watched {
  const told: string[] = []
  const messages: unknown[] = []
  let look = () => {}
  // A browser lets promises settle between two listeners of its own events: whoever waits goes on after all of them.
  const later = (run: () => void) => setTimeout(run)
  const first = <E extends Event>(type: string) =>
    new Promise<E>((resolve) => {
      socket.addEventListener(type, (event) => {
        told.push(type)
        later(() => resolve(event as E))
      })
    })
  socket.addEventListener('message', ({ data }) => {
    told.push('message')
    messages.push(data)
    later(look)
  })
  const [opened, failed, closed] = [first('open'), first('error'), first<CloseEvent>('close')]
  return {
    ...{ socket, told, opened, failed, closed },
    heard: (count) =>
      new Promise((resolve) => {
        look = () => messages.length >= count && resolve(messages.slice(0, count))
        look()
      }),
  }
}

const inPage = platform !== 'node'
const types = ['open', 'message', 'error', 'close'] as const
const constants = ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'] as const
const attributes = ['url', 'readyState', 'bufferedAmount', 'extensions', 'protocol', 'binaryType'] as const

/** The name of what is thrown, and whether it is of the platform; or that nothing is. */
function thrownBy(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    return error instanceof DOMException ? `DOMException ${error.name}` : (error as Error).name
  }
  return 'nothing'
}

const facts = ({ code, reason, wasClean }: CloseEvent) => ({ code, reason, wasClean })
const fails = { told: ['error', 'close'], code: 1006, reason: '', wasClean: false }

const bytesOf = async (data: unknown) =>
  typeof data === 'string'
    ? data
    : [...new Uint8Array(data instanceof Blob ? await data.arrayBuffer() : (data as ArrayBuffer))]

export const rules: readonly Rule[] = [
  // -------------------------------------------------------------- constructor
  {
    rule: 'is called with new',
    see: ({ WebSocket, rig }) => thrownBy(() => (WebSocket as unknown as (url: string) => void)(rig.url)),
    be: 'TypeError',
  },
  {
    rule: 'wants a URL',
    see: ({ make }) => thrownBy(() => make()),
    be: 'TypeError',
    departs: { node: 'ws takes undefined for a URL, and says SyntaxError' },
  },
  {
    rule: 'takes no URL that cannot be read, has another scheme, or a fragment',
    see: ({ make, rig }) =>
      [
        ...['ws://', 'wss://[::1', 'ws://a:b', 'ftp://127.0.0.1/', 'mailto:a@b.c', 'about:blank'],
        ...[`${rig.url}#`, `${rig.url}#part`],
      ].map((url) => thrownBy(() => make(url))),
    be: Array.from({ length: 8 }, () => 'DOMException SyntaxError'),
    departs: { node: 'the SyntaxError of ws is no DOMException' },
  },
  {
    rule: 'says its URL as it is read, at once',
    see: ({ make }) =>
      ['WS://LOCALHOST:80', 'wss://127.0.0.1:443/a b?ü', 'http://127.0.0.1:9/x', 'https://127.0.0.1:9/y'].map(
        (url) => make(url).socket.url,
      ),
    be: ['ws://localhost/', 'wss://127.0.0.1/a%20b?%C3%BC', 'ws://127.0.0.1:9/x', 'wss://127.0.0.1:9/y'],
  },
  {
    rule: 'takes a URL object, and whatever can be a string',
    see: ({ make, rig }) =>
      [new URL(rig.url), { toString: () => rig.url }].map((url) => make(url as URL).socket.url === rig.url),
    be: [true, true],
  },
  {
    rule: 'resolves a URL against the page, where there is one',
    see: ({ make }) => {
      if (!inPage) return thrownBy(() => make('/chat'))
      return make('/chat').socket.url.replace(`ws://${location.host}`, '')
    },
    be: inPage ? '/chat' : 'DOMException SyntaxError',
    departs: { node: 'the SyntaxError of ws is no DOMException' },
  },
  {
    rule: 'takes protocols that are tokens, and none twice',
    see: ({ make, rig }) =>
      [
        ...['', 'a b', 'a,b', 'é', '\u007f', 'a/b', '"a"', '(a)', 'a@b', '{a}', ['a', ''], ['a', 'b', 'a']],
        ...['chat', 'a-b.c_d~e', "!#$%&'*+^`|", [], ['a', 'A']],
      ].map((protocols) => thrownBy(() => make(rig.url, protocols))),
    be: [
      ...Array.from({ length: 12 }, () => 'DOMException SyntaxError'),
      ...Array.from({ length: 5 }, () => 'nothing'),
    ],
    departs: { node: 'the SyntaxError of ws is no DOMException' },
  },
  {
    rule: 'offers one protocol, or those of a list',
    see: async ({ open, rig }) => {
      await open('one')
      await open(['two', 'three'])
      await open()
      return (await rig.connections()).map(({ protocols }) => protocols)
    },
    be: [['one'], ['two', 'three'], []],
  },
  {
    rule: 'offers the protocols of anything that can be iterated, each as a string',
    see: async ({ open, rig }) => {
      await open(new Set(['one', 2]) as never)
      return (await rig.connections())[0]?.protocols
    },
    be: ['one', '2'],
    departs: { node: 'ws takes it for its options' },
  },
  {
    rule: 'takes null for the name of a protocol',
    see: async ({ open, rig }) => {
      await open(null as never)
      return (await rig.connections())[0]?.protocols
    },
    be: ['null'],
    departs: { node: 'ws takes it for none' },
  },
  // -------------------------------------------------------------- attributes and constants
  {
    rule: 'has its constants on the class and on what it makes',
    see: ({ WebSocket, make, rig }) => {
      const { socket } = make(rig.url)
      return constants.map((name) => [WebSocket[name], socket[name], WebSocket.prototype[name]])
    },
    be: [0, 1, 2, 3].map((value) => [value, value, value]),
  },
  {
    rule: 'has constants of its own that are shown and cannot be changed',
    see: ({ WebSocket }) =>
      [WebSocket, WebSocket.prototype].flatMap((owner) =>
        constants.map((name) => Object.getOwnPropertyDescriptor(owner, name)),
      ),
    be: [0, 1, 2, 3, 0, 1, 2, 3].map((value) => ({
      ...{ value, enumerable: true, writable: false, configurable: false },
    })),
  },
  {
    rule: 'begins with everything empty',
    see: ({ make, rig }) => {
      const { socket } = make(rig.url)
      const { readyState, bufferedAmount, protocol, extensions, binaryType } = socket
      return [
        readyState,
        bufferedAmount,
        protocol,
        extensions,
        binaryType,
        types.map((type) => socket[`on${type}`]),
      ]
    },
    be: [0, 0, '', '', 'blob', [null, null, null, null]],
    departs: { node: 'ws gives Buffers unless told otherwise' },
  },
  {
    rule: 'has its attributes as accessors of the prototype',
    see: ({ WebSocket }) =>
      [...attributes, ...types.map((type) => `on${type}`)].map((name) => {
        const { get, set, configurable } = Object.getOwnPropertyDescriptor(WebSocket.prototype, name) ?? {}
        return [name, !!get, !!set, configurable]
      }),
    be: [
      ...attributes.map((name) => [name, true, name === 'binaryType', true]),
      ...types.map((type) => [`on${type}`, true, true, true]),
    ],
  },
  {
    rule: 'has attributes that cannot be set, and not of anything else',
    see: async ({ open, WebSocket }) => {
      const { socket } = await open()
      const get = Object.getOwnPropertyDescriptor(WebSocket.prototype, 'readyState')?.get
      return [
        thrownBy(() => Object.assign(socket, { readyState: 3 })),
        socket.readyState,
        thrownBy(() => get?.call({})),
      ]
    },
    be: ['TypeError', 1, 'TypeError'],
    departs: { node: 'ws looks at no `this`' },
  },
  {
    rule: 'is an EventTarget called WebSocket, and takes one argument at least',
    see: ({ WebSocket, make, rig }) => {
      const { socket } = make(rig.url)
      return [
        socket instanceof WebSocket && socket instanceof EventTarget,
        Object.prototype.toString.call(socket),
        [WebSocket.name, WebSocket.length, socket.send.length, socket.close.length],
      ]
    },
    be: [true, '[object WebSocket]', ['WebSocket', 1, 1, 0]],
    departs: { node: 'ws has an EventEmitter' },
  },
  {
    rule: 'can be awaited, and is what it was',
    see: async ({ open }) => {
      const { socket } = await open()
      return ['then' in socket, (await socket) === socket]
    },
    be: [false, true],
  },
  {
    rule: 'shows the protocol that the server chose, also when it is closed',
    server: { subprotocol: { name: 'two' } },
    see: async ({ open }) => {
      const { socket, closed } = await open(['one', 'two'])
      const { protocol } = socket
      socket.close()
      await closed
      return [protocol, socket.protocol]
    },
    be: ['two', 'two'],
  },
  {
    rule: 'shows the extensions that the server took',
    server: { deflate: true },
    see: async ({ open }) => (await open()).socket.extensions.split(';')[0],
    be: 'permessage-deflate',
  },
  {
    rule: 'keeps the binary type that it is given, and ignores what is none',
    see: async ({ make, rig }) => {
      const { socket, opened, closed } = make(rig.url)
      const kept = (...values: unknown[]) =>
        values.map((value) => Object.assign(socket, { binaryType: value }).binaryType)
      const before = kept('arraybuffer', 'fish', 'Blob', '', undefined)
      await opened
      const during = kept('blob', 'fish', 'arraybuffer')
      socket.close()
      await closed
      return [before, during, kept('blob', 'fish', 'arraybuffer')]
    },
    be: [
      Array.from({ length: 5 }, () => 'arraybuffer'),
      ['blob', 'blob', 'arraybuffer'],
      ['blob', 'blob', 'arraybuffer'],
    ],
  },
  {
    rule: 'gives binary messages as the binary type says at the time',
    see: async ({ make, rig }) => {
      const { socket, opened, heard } = make(rig.url)
      socket.binaryType = 'arraybuffer'
      await opened
      await rig.send([1, 2])
      await heard(1)
      socket.binaryType = 'blob'
      await rig.send([3])
      const messages = await heard(2)
      return [
        messages.map((data) => Object.prototype.toString.call(data)),
        await Promise.all(messages.map(bytesOf)),
      ]
    },
    be: [
      ['[object ArrayBuffer]', '[object Blob]'],
      [[1, 2], [3]],
    ],
  },

  // -------------------------------------------------------------- send
  {
    rule: 'sends nothing before it is open',
    single: true,
    see: ({ make, rig }) => thrownBy(() => make(rig.url).socket.send('early')),
    be: 'DOMException InvalidStateError',
    departs: { node: 'ws throws an Error' },
  },
  {
    rule: 'wants something to send, and no symbol',
    see: async ({ open }) => {
      const { socket } = await open()
      return [[], [Symbol('no')]].map((args) => thrownBy(() => socket.send(...(args as unknown as [string]))))
    },
    be: ['TypeError', 'TypeError'],
    departs: { node: 'ws sends an empty message' },
  },
  {
    rule: 'sends text as UTF-8, a half of a pair as U+FFFD',
    server: { echo: true },
    see: async ({ open, rig }) => {
      const { socket, heard } = await open()
      for (const text of ['', 'a', 'é€😀', 'x\ud83dy', '\udc00']) socket.send(text)
      await heard(5)
      return (await rig.connections())[0]?.frames
    },
    be: ['', 'a', 'é€😀', 'x\ufffdy', '\ufffd'],
  },
  {
    rule: 'sends buffers, the part that a view shows, and Blobs, in order',
    server: { echo: true },
    see: async ({ open, rig }) => {
      const { socket, heard } = await open()
      const bytes = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8])
      const { buffer } = bytes
      for (const data of [
        ...[
          'first',
          buffer,
          new Uint8Array(buffer, 1, 2),
          new Int16Array(buffer, 2, 1),
          new DataView(buffer, 3, 2),
        ],
        ...[new Blob([bytes, 'A']), new Float64Array(0), 'last'],
      ])
        socket.send(data as string)
      await heard(8)
      return (await rig.connections())[0]?.frames
    },
    be: ['first', [1, 2, 3, 4, 5, 6, 7, 8], [2, 3], [3, 4], [4, 5], [1, 2, 3, 4, 5, 6, 7, 8, 65], [], 'last'],
  },
  {
    rule: 'sends anything else as text',
    server: { echo: true },
    see: async ({ open, rig }) => {
      const { socket, heard } = await open()
      for (const data of [null, undefined, 1, true, {}, [1, 2], { toString: () => 'own' }])
        socket.send(data as never)
      await heard(7)
      return (await rig.connections())[0]?.frames
    },
    be: ['null', 'undefined', '1', 'true', '[object Object]', '1,2', 'own'],
    departs: { node: 'ws takes no objects' },
  },
  {
    rule: 'sends bytes as they are at the call',
    server: { echo: true },
    see: async ({ open, rig }) => {
      const { socket, heard } = await open()
      const bytes = new Uint8Array([1, 2, 3])
      socket.send(bytes)
      bytes.fill(0)
      socket.send(bytes.buffer)
      bytes.fill(9)
      await heard(2)
      return (await rig.connections())[0]?.frames
    },
    be: [
      [1, 2, 3],
      [0, 0, 0],
    ],
  },
  {
    rule: 'counts what has not left, in bytes of UTF-8, before send returns',
    see: async ({ open }) => {
      const { socket } = await open()
      socket.send('é€')
      socket.send(new Uint8Array(3))
      return socket.bufferedAmount
    },
    be: 8,
    departs: { node: 'ws counts what the system did not take' },
    evenOurs: true,
  },
  {
    rule: 'discards what is sent too late, and counts it for ever',
    see: async ({ open, rig }) => {
      const { socket, closed } = await open()
      socket.close()
      socket.send('é€')
      socket.send(new Uint8Array(3))
      const { bufferedAmount } = socket
      await closed
      socket.send(new Blob(['ab']))
      await rig.until('closed', 1)
      return [bufferedAmount, socket.bufferedAmount, (await rig.connections())[0]?.frames]
    },
    be: [8, 10, []],
    departs: { webkit: 'WebKitGTK counts what frames it, too' },
  },

  // -------------------------------------------------------------- close
  {
    rule: 'takes no code but 1000 and those from 3000 to 4999, in any state',
    see: async ({ open }) => {
      const { socket, closed } = await open()
      const codes = [0, 999, 1001, 1005, 1006, 1015, 2999, 5000, -1, Number.NaN, Infinity, 66536, null, 'x']
      const seen = codes.map((code) => thrownBy(() => socket.close(code as number)))
      socket.close()
      await closed
      return [...seen, thrownBy(() => socket.close(999))]
    },
    be: Array.from({ length: 15 }, () => 'DOMException InvalidAccessError'),
    departs: { node: 'ws throws an Error' },
  },
  {
    rule: 'takes the nearest whole code',
    see: async ({ open }) => {
      const { socket, closed } = await open()
      socket.close('3000.4' as never)
      return facts(await closed)
    },
    be: { code: 3000, reason: '', wasClean: true },
    departs: { node: 'ws wants a number' },
  },
  {
    rule: 'takes no reason of more than 123 bytes',
    see: async ({ open }) => {
      const { socket, closed } = await open()
      const seen = ['x'.repeat(124), '€'.repeat(42)].map((reason) =>
        thrownBy(() => socket.close(1000, reason)),
      )
      socket.close(1000, '€'.repeat(41))
      return [...seen, (await closed).reason.length]
    },
    be: ['DOMException SyntaxError', 'DOMException SyntaxError', 41],
    departs: { node: 'ws throws a RangeError' },
  },
  {
    rule: 'tells the server its code and reason, a half of a pair as U+FFFD',
    see: async ({ open, rig }) => {
      const { socket, closed } = await open()
      socket.close(4999, 'why\ud83d')
      await rig.until('closed', 1)
      return [facts(await closed), (await rig.connections())[0]?.closed]
    },
    be: [
      { code: 4999, reason: 'why\ufffd', wasClean: true },
      { code: 4999, reason: 'why\ufffd' },
    ],
  },
  ...[[], [undefined]].map(
    (args): Rule => ({
      rule: `closes without a code by close(${args.map(String)})`,
      see: async ({ open, rig }) => {
        const { socket, closed } = await open()
        socket.close(...args)
        await rig.until('closed', 1)
        return [facts(await closed), (await rig.connections())[0]?.closed]
      },
      be: [
        { code: 1005, reason: '', wasClean: true },
        { code: 1005, reason: '' },
      ],
    }),
  ),
  {
    rule: 'is CLOSING at once and tells of it later, once',
    see: async ({ open }) => {
      const { socket, told, closed } = await open()
      let inEvent = 0
      socket.addEventListener('close', () => {
        inEvent = socket.readyState
        socket.close(4000)
      })
      socket.close(3000)
      socket.close(3001)
      const seen = [socket.readyState, ...told]
      const { code } = await closed
      return [...seen, code, inEvent, ...told]
    },
    be: [2, 'open', 3000, 3, 'open', 'close'],
  },
  {
    rule: 'fails when it is closed while it connects',
    server: { handshake: 'hang' },
    see: async ({ make, rig }) => {
      const { socket, told, failed, closed } = make(rig.url)
      let inEvent = 0
      void failed.then(() => {
        inEvent = socket.readyState
      })
      await rig.until('handshakes', 1)
      socket.close()
      const seen = [socket.readyState, ...told]
      const { code, reason, wasClean } = await closed
      return [seen, inEvent, { told, code, reason, wasClean }]
    },
    be: [[2], 3, fails],
  },
  {
    rule: 'fails when it is closed at once',
    see: async ({ make, rig }) => {
      const { socket, told, closed } = make(rig.url)
      socket.close(1000, 'never mind')
      const seen = [socket.readyState, ...told]
      return [seen, { ...facts(await closed), told }]
    },
    be: [[2], fails],
  },
  {
    rule: 'can be closed in any listener',
    server: { greeting: ['one'] },
    see: async ({ make, rig }) => {
      const { socket, told, closed } = make(rig.url)
      socket.onopen = () => socket.close(3000, 'seen enough')
      return [facts(await closed), told]
    },
    be: [{ code: 3000, reason: 'seen enough', wasClean: true }, ['open', 'close']],
    departs: { node: 'ws still tells what came meanwhile' },
  },
  {
    rule: 'tells no message after it was closed',
    server: { greeting: ['one', 'two'] },
    see: async ({ make, rig }) => {
      const { socket, told, closed } = make(rig.url)
      socket.onmessage = () => socket.close()
      await closed
      return told
    },
    be: ['open', 'message', 'close'],
    departs: { node: 'ws still tells what came meanwhile' },
  },
  {
    rule: 'tells code and reason of the server, after its last message',
    see: async ({ open, rig }) => {
      const { told, closed } = await open()
      await rig.send('last')
      await rig.close(1001, 'deploy')
      const event = await closed
      return [facts(event), told]
    },
    be: [{ code: 1001, reason: 'deploy', wasClean: true }, ['open', 'message', 'close']],
  },
  {
    rule: 'tells 1005 of a server that gives no code',
    see: async ({ open, rig }) => {
      const { closed } = await open()
      await rig.close()
      return facts(await closed)
    },
    be: { code: 1005, reason: '', wasClean: true },
  },
  {
    rule: 'tells 1006 of a server that is gone',
    see: async ({ open, rig }) => {
      const { closed } = await open()
      await rig.reset()
      return facts(await closed)
    },
    be: { code: 1006, reason: '', wasClean: false },
  },
  {
    rule: 'fails on what is no frame',
    see: async ({ open, rig }) => {
      const { told, closed } = await open()
      await rig.garble()
      return { ...facts(await closed), told: told.slice(1) }
    },
    be: fails,
  },
  ...[403, 503].map(
    (handshake): Rule => ({
      rule: `fails once on a server that answers ${handshake}`,
      server: { handshake },
      single: true,
      see: async ({ make, rig }) => {
        const { socket, told, failed, closed } = make(rig.url)
        const inError = failed.then(() => socket.readyState)
        const event = await closed
        return [await inError, socket.readyState, { ...facts(event), told }]
      },
      be: [3, 3, fails],
    }),
  ),
  {
    rule: 'fails once on a server that is not there',
    single: true,
    see: async ({ make, rig }) => {
      await rig.refuse()
      const { socket, told, closed } = make(rig.url)
      const event = await closed
      return [socket.readyState, { ...facts(event), told }]
    },
    be: [3, fails],
  },
  {
    rule: 'is over for good after one close',
    single: true,
    see: async ({ open, rig }) => {
      const { socket, told, closed } = await open()
      await rig.close(1011)
      await closed
      socket.close()
      return [socket.readyState, told, (await rig.counts()).handshakes]
    },
    be: [3, ['open', 'close'], 1],
  },

  // -------------------------------------------------------------- events
  {
    rule: 'tells of its open before what came with it',
    server: { greeting: ['one', [2]] },
    see: async ({ make, rig }) => {
      const { told, heard } = make(rig.url)
      await heard(2)
      return told
    },
    be: ['open', 'message', 'message'],
  },
  {
    rule: "has events of the platform's own classes, each a new one",
    server: { greeting: ['one'] },
    see: async ({ make, rig }) => {
      const { socket, heard, closed } = make(rig.url)
      const seen: unknown[] = []
      for (const type of types)
        socket.addEventListener(type, (event) => {
          seen.push([
            event.type,
            event.constructor.name,
            event instanceof Event,
            event.target === socket,
            event.bubbles || event.cancelable,
          ])
        })
      await heard(1)
      socket.close()
      await closed
      return seen
    },
    be: [
      ['open', 'Event', true, true, false],
      ['message', 'MessageEvent', true, true, false],
      ['close', 'CloseEvent', true, true, false],
    ],
    departs: { node: 'ws has classes of its own' },
  },
  {
    rule: 'says in a message where it came from',
    server: { greeting: ['one'] },
    see: async ({ make, rig }) => {
      const { socket } = make(rig.url)
      const event = await new Promise<MessageEvent>((resolve) => {
        socket.onmessage = resolve
      })
      return [
        event.data,
        event.origin === new URL(rig.url).origin,
        event.lastEventId,
        event.source,
        event.ports,
      ]
    },
    be: ['one', true, '', null, []],
    departs: { node: 'ws says only what came' },
  },
  {
    rule: 'calls handlers and listeners in the order of their first coming',
    server: { greeting: ['one'] },
    see: async ({ make, rig }) => {
      const { socket, heard } = make(rig.url)
      const seen: string[] = []
      const say = (what: string) => () => void seen.push(what)
      socket.addEventListener('message', say('a'))
      socket.onmessage = say('never')
      socket.addEventListener('message', say('b'))
      socket.onmessage = say('handler')
      socket.onopen = say('first')
      socket.addEventListener('open', say('second'))
      socket.onopen = null
      socket.onopen = say('third')
      await heard(1)
      await rig.send('two')
      await heard(2)
      return seen
    },
    be: ['second', 'third', 'a', 'handler', 'b', 'a', 'handler', 'b'],
    departs: { node: 'in ws another handler goes to the end' },
  },
  {
    rule: 'gives a handler back as it was set, and null for what is no object',
    see: ({ make, rig }) => {
      const { socket } = make(rig.url)
      const handler = () => {}
      const object = {}
      return types.map((type) =>
        [handler, object, 'text', handler, null, 1].map((value) => {
          const given = Object.assign(socket, { [`on${type}`]: value })[`on${type}`]
          return given === null ? null : given === value
        }),
      )
    },
    be: types.map(() => [true, true, null, true, null, null]),
    departs: { node: 'ws keeps functions alone' },
  },
  {
    rule: 'calls a handler as its own, and lets an object be',
    server: { greeting: ['one'] },
    see: async ({ make, rig }) => {
      const { socket, heard } = make(rig.url)
      const seen: unknown[] = []
      socket.onopen = function (event) {
        seen.push(this === socket, event.type)
      }
      socket.onmessage = { handleEvent: () => seen.push('never') } as never
      await heard(1)
      return seen
    },
    be: [true, 'open'],
  },
  {
    rule: 'calls no handler and no listener that was taken away meanwhile',
    server: { greeting: ['one', 'two'] },
    see: async ({ make, rig }) => {
      const { socket, heard } = make(rig.url)
      const seen: string[] = []
      const later = () => seen.push('never')
      socket.addEventListener('message', () => {
        socket.onmessage = null
        socket.removeEventListener('message', later)
      })
      socket.onmessage = later
      socket.addEventListener('message', later)
      await heard(2)
      return seen
    },
    be: [],
    departs: { node: 'ws calls those that were there when it began' },
  },
  {
    rule: 'has listeners that are objects, that are called once, or until a signal',
    server: { greeting: ['one', 'two'] },
    see: async ({ make, rig }) => {
      const { socket, heard } = make(rig.url)
      const seen: string[] = []
      const abort = new AbortController()
      socket.addEventListener('message', { handleEvent: ({ type }) => seen.push(`object ${type}`) })
      socket.addEventListener('message', () => seen.push('once'), { once: true })
      socket.addEventListener('message', () => seen.push('signal'), { signal: abort.signal })
      socket.addEventListener('message', () => abort.abort())
      await heard(2)
      return seen
    },
    be: ['object message', 'once', 'signal', 'object message'],
    departs: { node: 'ws knows no signals' },
  },
  {
    rule: 'takes events of others, and calls a handler for them',
    see: async ({ open }) => {
      const { socket } = await open()
      const seen: string[] = []
      socket.onmessage = ({ data }) => seen.push(data)
      socket.addEventListener('other', ({ type }) => seen.push(type))
      socket.dispatchEvent(new MessageEvent('message', { data: 'by hand' }))
      socket.dispatchEvent(new Event('other'))
      return seen
    },
    be: ['by hand', 'other'],
    departs: { node: 'ws has no dispatchEvent' },
  },
]
