/** A real agent, in a folder of its own, that obeys the server under test. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export interface TestAgent {
  stop(): Promise<void>;
}

function binary(): string {
  const path =
    process.env.ORLOJ_AGENT_BIN ?? fileURLToPath(new URL('../../../target/debug/orloj-agent', import.meta.url));
  if (!existsSync(path)) throw new Error(`no agent at ${path}: build it with "cargo build -p orloj-agent"`);
  return path;
}

/** Enrols with the token and runs until stopped. */
export async function startAgent(url: string, token: string): Promise<TestAgent> {
  const folder = await mkdtemp(join(tmpdir(), 'orloj-agent-'));
  const env = { ...process.env, ORLOJ_AGENT_DATA_DIR: folder };
  await promisify(execFile)(binary(), ['enroll', '--server', url, '--token', token], { env });
  const child: ChildProcess = spawn(binary(), ['run'], { env, stdio: 'ignore' });
  return {
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      if (child.exitCode === null) {
        child.kill('SIGTERM');
        const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
        await ended;
        clearTimeout(timer);
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}
