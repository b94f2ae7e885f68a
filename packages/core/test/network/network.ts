// Two machines on one cable, made of Linux namespaces: the faults of real networks, made on demand.
//
// The namespaces have no names. Each lives as long as the process that holds it, and that one ends with the process
// that tests: nothing stays behind, however the run ends, and two runs at once know nothing of each other.

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The server's name, as the client knows it. */
export const serverName = 'server.test'
export const addresses = { client: '10.0.0.1', server: '10.0.0.2' }
/** Where the server moves to. */
export const newAddress = '10.0.0.3'

/** Begins a namespace for a command, with a list of host names that only it has and that ends with it. */
const newMachine = [
  ...['unshare', '--net', '--mount', 'sh', '-c'],
  'mount -t tmpfs hosts /mnt && cp /etc/hosts /mnt && mount --bind /mnt/hosts /etc/hosts && exec "$0" "$@"',
]

/** Why no such network can be made here, where that is so. */
export const missing = findMissing()

function findMissing(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are there on Linux only'
  if (process.getuid?.() !== 0) return 'only root may make network namespaces'
  const trials = {
    'network namespaces are not allowed': 'true',
    'no ip command (Debian: apt-get install iproute2)': 'ip -Version',
    'no iptables command (Debian: apt-get install iptables)': 'iptables --version',
    'there are no veth pairs': 'ip link add eth0 type veth peer name eth1',
    'the firewall cannot count packets':
      'iptables -A INPUT -m statistic --mode nth --every 2 --packet 0 -j DROP',
    'the firewall cannot refuse': 'iptables -A INPUT -p tcp -j REJECT --reject-with tcp-reset',
  }
  const found = Object.entries(trials).find(([, trial]) => {
    const [program = '', ...args] = [...newMachine, ...trial.split(' ')]
    return spawnSync(program, args).status !== 0
  })
  return found?.[0]
}

/** One network namespace, with host names of its own. */
export class Machine {
  readonly #holder: ChildProcess
  readonly #started: ChildProcess[] = []

  private constructor(holder: ChildProcess) {
    this.#holder = holder
  }

  static async boot(): Promise<Machine> {
    const [program = '', ...args] = [...newMachine, 'cat']
    const holder = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    // What comes back was there before: so is the namespace.
    holder.stdin.write('ready')
    await Promise.race([once(holder.stdout, 'data'), once(holder, 'exit')])
    const machine = new Machine(holder)
    machine.run('ip link set lo up')
    return machine
  }

  get pid(): number {
    return this.#holder.pid as number
  }

  /** The words before a command that is to run on this machine. */
  get entrance(): string[] {
    return ['nsenter', `--net=/proc/${this.pid}/ns/net`, `--mount=/proc/${this.pid}/ns/mnt`]
  }

  /** Runs a command of the shell to its end. */
  run(command: string): string {
    const [program = '', ...args] = [...this.entrance, 'sh', '-c', command]
    return execFileSync(program, args, { encoding: 'utf8' })
  }

  /** Starts a script, which is talked to by messages of Node's child processes. */
  start(script: URL): ChildProcess {
    const [program = '', ...args] = [...this.entrance, process.execPath, fileURLToPath(script)]
    const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    this.#started.push(child)
    return child
  }

  /** From now on this address has the name. */
  name(name: string, address: string): void {
    writeFileSync(`/proc/${this.pid}/root/etc/hosts`, `127.0.0.1 localhost\n${address} ${name}\n`)
  }

  stop(): void {
    for (const child of [...this.#started, this.#holder]) child.kill('SIGKILL')
  }
}

/** A client's machine and a server's, and what lies between them. */
export class Network {
  private constructor(
    readonly client: Machine,
    readonly server: Machine,
  ) {}

  static async start(): Promise<Network> {
    const network = new Network(...(await Promise.all([Machine.boot(), Machine.boot()])))
    const { client, server } = network
    const ends = `type veth peer name eth0 netns ${server.pid}`
    client.run(`ip link add eth0 netns ${client.pid} ${ends}`)
    client.run('ip link set eth0 up')
    server.run('ip link set eth0 up')
    network.addAddress('client')
    network.addAddress('server')
    client.name(serverName, addresses.server)
    return network
  }

  // Firewalls look at what comes in. At the way out, the sender would be told that its packet was not allowed.

  /**
   * Of every ten packets three get lost, both ways, for connections yet to be made. Lost by count, and sent again soon
   * by a TCP that does not take its own patience for the length of the way: by chance, and with the TCP of the system,
   * one connection in ten stands still for half a minute.
   */
  loseThreeInTen(): void {
    this.#both('echo 0 > /proc/sys/net/ipv4/tcp_timestamps')
    this.#both('ip route change 10.0.0.0/24 dev eth0 rto_min 20ms congctl reno')
    // A rule counts what the rules before it let through.
    for (const which of ['--every 10 --packet 0', '--every 9 --packet 2', '--every 8 --packet 4']) {
      this.#both(`iptables -A INPUT -i eth0 -p tcp -m statistic --mode nth ${which} -j DROP`)
    }
  }

  /** Nothing arrives on either side, and nobody is told. */
  blackHole(): void {
    this.#both('iptables -A INPUT -i eth0 -j DROP')
  }

  /** Whatever comes to the server is answered with a reset: connections end, new ones are refused. */
  reject(): void {
    this.server.run('iptables -A INPUT -p tcp -j REJECT --reject-with tcp-reset')
  }

  /** No firewall any more. */
  heal(): void {
    this.#both('iptables -F INPUT')
  }

  /** Packets that the firewalls took since the last fault, on both sides together. */
  get lost(): number {
    return [this.client, this.server]
      .flatMap((machine) => machine.run('iptables -nvxL INPUT').split('\n').slice(2))
      .reduce((sum, rule) => sum + Number.parseInt(rule || '0', 10), 0)
  }

  /** Pulls the client's cable out. */
  unplug(): void {
    this.client.run('ip link set eth0 down')
  }

  plug(): void {
    this.client.run('ip link set eth0 up')
  }

  removeAddress(of: 'client' | 'server'): void {
    this[of].run(`ip addr del ${addresses[of]}/24 dev eth0`)
  }

  addAddress(of: 'client' | 'server'): void {
    this[of].run(`ip addr add ${addresses[of]}/24 dev eth0`)
  }

  /** The server goes to another address. The client's host names do not follow at once. */
  moveServer(): void {
    this.removeAddress('server')
    this.server.run(`ip addr add ${newAddress}/24 dev eth0`)
  }

  /** The server's name leads to its new address. */
  announceMove(): void {
    this.client.name(serverName, newAddress)
  }

  stop(): void {
    this.client.stop()
    this.server.stop()
  }

  #both(command: string): void {
    this.client.run(command)
    this.server.run(command)
  }
}
