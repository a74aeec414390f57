'use strict';

/*
 * Runs one command and makes sure that it does not outlive the process which wanted it, not even when that one is killed
 * with SIGKILL: the IPC channel to it closes then, which is the signal to end the command's whole process group.
 *
 * It is JavaScript, not TypeScript, so that it starts from a source tree, from the compiled package and under Jest alike.
 *
 * Usage, with an IPC channel: node guard.js OPTIONS COMMAND [ARGUMENT...]
 * OPTIONS is JSON: {graceMilliseconds, stopSignal, user?: {uid, gid}}.
 * Tells: {event: 'started', pid} or {event: 'failed', message}, then {event: 'ended', code, signal}.
 */
const { spawn } = require('node:child_process');

const [options, command, ...args] = process.argv.slice(2);
const { graceMilliseconds, stopSignal, user } = JSON.parse(options);
const hasProcessGroups = process.platform !== 'win32';

// The command's stdin is a pipe that nobody writes to: a command that watches it for EOF ends even if this guard is killed.
const child = spawn(command, args, {
  ...user,
  stdio: ['pipe', 'inherit', 'inherit'],
  detached: hasProcessGroups,
  windowsHide: true,
});
let ending = false;

child.on('spawn', () => tell({ event: 'started', pid: child.pid }));
child.on('error', (error) => {
  if (child.pid === undefined) leave({ event: 'failed', message: error.message });
});
child.on('exit', (code, signal) => {
  // Whatever the command itself left running ends with it.
  killGroup('SIGKILL');
  leave({ event: 'ended', code, signal });
});
child.stdin.on('error', () => {});

process.on('disconnect', end);
process.on('message', end);
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, end);

function end() {
  if (ending) return;
  ending = true;
  if (graceMilliseconds === 0) return killGroup('SIGKILL');
  killGroup(stopSignal);
  setTimeout(() => killGroup('SIGKILL'), graceMilliseconds);
}

function killGroup(signal) {
  if (child.pid === undefined) return;
  try {
    process.kill(hasProcessGroups ? -child.pid : child.pid, signal);
  } catch {
    // Already gone.
  }
}

function tell(message, done = () => {}) {
  if (process.connected) process.send(message, done);
  else done();
}

function leave(message) {
  tell(message, () => process.exit());
}
