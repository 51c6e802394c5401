import { spawn } from 'node:child_process';
import { oneLine } from './report.js';

/**
 * What systemd is told of a service of Type=notify (sd_notify(3)). Its socket takes datagrams, which Node cannot send
 * on a path, and the packages that can are built on the machine from C: so it is told by systemd-notify(1), which is
 * there wherever systemd is. Hence NotifyAccess=all in the units.
 */
export interface Supervisor {
  /** It serves. From here on `status` is asked for a line now and then, and the watchdog is kept quiet. */
  ready(status: () => string): void;
  stopping(): void;
}

type Send = (assignments: readonly string[]) => void;

const STATUS_MS = 60_000;

/** Told nothing, where no supervisor asked for it. Takes its variables away: children have nothing to tell. */
export function findSupervisor(
  environment: NodeJS.ProcessEnv,
  pid: number,
  send: Send | undefined = senderTo(environment),
): Supervisor {
  const watchdogMs = watchdogOf(environment, pid);
  for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete environment[name];
  if (!send) return { ready() {}, stopping() {} };
  let timer: NodeJS.Timeout | undefined;
  return {
    ready(status) {
      let shown = line(status);
      send(['READY=1', shown]);
      timer = setInterval(
        () => {
          const now = line(status);
          const changed = now === shown ? [] : [now];
          shown = now;
          // Half the time is what sd_watchdog_enabled(3) recommends. A process whose loop stands still sends none.
          const told = watchdogMs === undefined ? changed : ['WATCHDOG=1', ...changed];
          if (told.length > 0) send(told);
        },
        Math.min(STATUS_MS, (watchdogMs ?? Number.POSITIVE_INFINITY) / 2),
      ).unref();
    },
    stopping() {
      clearInterval(timer);
      send(['STOPPING=1', 'STATUS=finishing what is under way']);
    },
  };
}

const line = (status: () => string) => `STATUS=${oneLine(status())}`;

function watchdogOf({ WATCHDOG_USEC, WATCHDOG_PID }: NodeJS.ProcessEnv, pid: number): number | undefined {
  if (WATCHDOG_PID !== undefined && Number(WATCHDOG_PID) !== pid) return undefined;
  const ms = Number(WATCHDOG_USEC) / 1000;
  return ms > 0 ? ms : undefined;
}

/** Each time a process of a few milliseconds. That it is not there is said once, and stops nothing. */
function senderTo({ NOTIFY_SOCKET, PATH }: NodeJS.ProcessEnv): Send | undefined {
  if (!NOTIFY_SOCKET) return undefined;
  let told = false;
  return (assignments) => {
    const child = spawn('systemd-notify', assignments, { stdio: 'ignore', env: { PATH, NOTIFY_SOCKET } });
    child.once('error', ({ message }) => {
      if (!told) process.stderr.write(`holdfast: warning: systemd is told nothing: ${oneLine(message)}\n`);
      told = true;
    });
    child.unref();
  };
}
