/** A real Latchkey process of one test worker's own: a free port, a fresh data folder, the settings a test asks for. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

import { expect } from '@playwright/test';

/** `LATCHKEY_*` variables, as a person who runs the server would set them. */
export type Settings = Record<`LATCHKEY_${string}`, string>;

const ROOT = resolve(import.meta.dirname, '../..');
const BINARY = resolve(import.meta.dirname, '..', process.env.LATCHKEY_BIN ?? join(ROOT, 'target/release/latchkey'));
const LISTENING = /http:\/\/(127\.0\.0\.1:\d+)/;

/** One server; it keeps its address and its data over `kill` and `start`. */
export class Server {
  /** All that the processes wrote to standard error. */
  log = '';

  private address = '127.0.0.1:0';
  private process: ChildProcess | undefined;

  private constructor(
    private readonly dataDir: string,
    private readonly settings: Settings,
  ) {}

  /** Starts a server with an empty database and waits until it is ready. */
  static async launch(settings: Settings = {}): Promise<Server> {
    const server = new Server(await mkdtemp(join(tmpdir(), 'latchkey-e2e-')), settings);
    try {
      await server.start();
    } catch (error) {
      await server.close();
      throw error;
    }
    return server;
  }

  get url(): string {
    return `http://${this.address}`;
  }

  /** Starts the process: on a free port the first time, on the same one from then on. */
  async start(): Promise<void> {
    const child = spawn(BINARY, ['serve'], { ...this.surroundings, stdio: ['ignore', 'ignore', 'pipe'] });
    this.process = child;
    this.address = await this.addressFromLog(child);
    await expect.poll(() => this.status('/readyz'), { message: 'the server becomes ready' }).toBe(200);
  }

  /** Adds users without passwords, in this order, beside the process that runs: no hashes are waited for. */
  async addUsers(usernames: string[]): Promise<void> {
    const joined = (index: number) => new Date(Date.UTC(2026, 0, 1) + index).toISOString();
    const lines = usernames.map((username, index) => `${index + 1},${username},!,${joined(index)}`);
    const file = join(this.dataDir, 'users.csv');
    await writeFile(file, ['id,username,password_hash,date_joined', ...lines, ''].join('\n'));
    const { stdout } = await promisify(execFile)(BINARY, ['import', 'csv', '--from', file], this.surroundings);
    expect(stdout).toContain(`Users: ${usernames.length} added`);
  }

  /** Pulls the plug: no farewell, as in a crash or a power cut. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Ends the process as an operator would and removes the data. */
  async close(): Promise<void> {
    await this.end('SIGTERM');
    await rm(this.dataDir, { recursive: true, force: true });
    expect(this.log, 'the server never panicked').not.toContain('panicked at');
  }

  /** Nothing of the caller's environment or folder may decide what is tested. */
  private get surroundings() {
    const own = { LATCHKEY_LISTEN: this.address, LATCHKEY_DATA_DIR: this.dataDir };
    return { cwd: this.dataDir, env: { PATH: process.env.PATH, ...this.settings, ...own } };
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.process;
    this.process = undefined;
    // Without a process id it never began.
    if (child?.pid && child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      child.kill(signal);
      await gone;
    }
  }

  private addressFromLog(child: ChildProcess): Promise<string> {
    return new Promise((found, failed) => {
      child.once('error', (error) => failed(new Error(`${BINARY} does not start: ${error.message}`)));
      child.once('exit', (code) => failed(new Error(`the server ended with code ${code}:\n${this.log}`)));
      createInterface({ input: child.stderr! }).on('line', (line) => {
        this.log += `${line}\n`;
        const address = LISTENING.exec(line)?.[1];
        if (address) {
          found(address);
        }
      });
    });
  }

  private async status(path: string): Promise<number> {
    return (await fetch(this.url + path)).status;
  }
}
