/** Starts the real server on a free loopback port with a throw-away data folder, and stops it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const adminPassword = 'a-clock-with-many-dials';

export interface TestServer {
  url: string;
  dataDir: string;
  stop(): Promise<void>;
}

function binary(): string {
  const given = process.env.ORLOJ_BIN;
  const built = fileURLToPath(new URL('../../../target/debug/orloj', import.meta.url));
  const path = given ?? built;
  if (!existsSync(path)) throw new Error(`no server at ${path}: build it with "cargo build -p orloj" or set ORLOJ_BIN`);
  return path;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = address && typeof address === 'object' ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}

async function answers(url: string, child: ChildProcess, output: () => string): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}:\n${output()}`);
    try {
      const response = await fetch(`${url}/readyz`);
      if (response.ok) return;
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the server did not become ready:\n${output()}`);
}

export async function startServer(
  options: { withAdmin?: boolean; env?: NodeJS.ProcessEnv } = {},
): Promise<TestServer & { output(): string }> {
  const port = await freePort();
  const dataDir = await mkdtemp(join(tmpdir(), 'orloj-e2e-'));
  const url = `http://127.0.0.1:${port}`;
  const env: NodeJS.ProcessEnv = { ...process.env, TZ: 'UTC', ...options.env };
  delete env.ORLOJ_ADMIN_PASSWORD;
  if (options.withAdmin !== false) env.ORLOJ_ADMIN_PASSWORD = adminPassword;
  const child = spawn(binary(), ['serve', '--listen', `127.0.0.1:${port}`, '--data-dir', dataDir], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await answers(url, child, () => text);
  return {
    url,
    dataDir,
    output: () => text,
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 8000);
      await ended;
      clearTimeout(timer);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
