import { spawn } from 'node:child_process';
import { finding } from './doctor-files.js';
import type { FindingRecord } from './records.js';

const ASK_MS = 5_000;

/** Whether this machine's clock is kept by anything, as systemd tells; nothing where there is no systemd to ask. */
export async function checkClockKept(): Promise<FindingRecord[]> {
  const said = await timedatectl();
  if (said === 'yes') return [finding('clock kept', 'ok', 'by a time server')];
  if (said !== 'no') return [];
  const message = "nothing keeps this machine's clock: it goes wrong by seconds in a week";
  return [finding('clock kept', 'warning', message, 'have it kept: timedatectl set-ntp true')];
}

function timedatectl(): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn('timedatectl', ['show', '--property=NTPSynchronized', '--value'], {
      ...{ stdio: ['ignore', 'pipe', 'ignore'], timeout: ASK_MS },
    });
    let text = '';
    child.stdout?.on('data', (chunk: Uint8Array) => {
      if (text.length < 100) text += Buffer.from(chunk).toString('latin1');
    });
    child.once('error', () => resolve(''));
    child.once('close', () => resolve(text.trim()));
  });
}
