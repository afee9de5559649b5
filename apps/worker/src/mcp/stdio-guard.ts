// The process between the worker and a stdio server. A worker killed by SIGKILL cannot end its servers, and not every
// server ends with its stdin (server-everything stays behind as an orphan). The guard leads a process group that holds
// the server and whatever it starts; when its channel to the worker breaks, it ends the whole group.
//
// The server inherits stdin, stdout and stderr, so messages do not pass through the guard; it costs one Node start.
// It is text for `node -e` because a file would have to be found both beside the sources and beside the build.
// What to start comes over the channel: on the command line, `ps` would show it.

export const stdioGuard = `
'use strict';
const { spawn } = require('node:child_process');
const { constants } = require('node:os');
process.title = 'turnlog-mcp-guard';

const endGroup = (signal) => process.kill(process.platform === 'win32' ? process.pid : -process.pid, signal);
// Signals go to the group; the guard stays to see the server leave, and to pass on how it left.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => {});

process.once('message', ({ command, args, env, cwd }) => {
  const server = spawn(command, args, { env, cwd, stdio: 'inherit', shell: false, windowsHide: true });
  server.once('error', (error) => {
    process.stderr.write('cannot start ' + command + ': ' + error.message + '\\n');
    process.exit(127);
  });
  server.once('exit', (code, signal) => process.exit(code === null ? 128 + constants.signals[signal] : code));
});

process.once('disconnect', () => {
  endGroup('SIGTERM');
  setTimeout(endGroup, 1500, 'SIGKILL');
});
`;

/** How the guard says that the command itself could not be started. */
export const exitCodeNotStarted = 127;
