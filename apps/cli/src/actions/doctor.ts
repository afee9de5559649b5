// `turnlog doctor`: examines model endpoints and MCP servers before anything is built on them.

import { createMcpToolHost } from '@turnlog/worker';
import { readSettings, type Settings } from '../compose/read-settings.ts';
import { guessProfile } from '../configuration/model-profiles.ts';
import { openAiBaseUrl } from '../configuration/models.ts';
import type { Check } from '../doctor/check.ts';
import { type Examined, examine } from '../doctor/check-endpoint.ts';
import { checkServer, type ServerReport } from '../doctor/check-servers.ts';
import { createProbe } from '../doctor/endpoint-probe.ts';
import { findLocalServers, usualPorts } from '../doctor/local-servers.ts';
import type { Terminal } from '../view/terminal.ts';
import { listenForInterruption } from './until-interrupted.ts';

export interface DoctorFlags {
  readonly model?: string;
  readonly apiKey?: string;
  readonly allLocal?: boolean;
  readonly config?: string;
  readonly json?: boolean;
}

export const doctor = async (url: string | undefined, flags: DoctorFlags): Promise<void> => {
  const settings = readSettings({ ...flags, ...(url !== undefined && { baseUrl: url }) });
  const { signal } = listenForInterruption();
  if (flags.config !== undefined && isEmpty(settings.configuration))
    throw new Error(
      `${flags.config} names neither MCP servers (\`mcpServers\`) nor models (\`models\`): there is nothing to check.`,
    );
  const targets = flags.allLocal ? await localTargets(settings) : configuredTargets(settings, url, flags);
  const reports: object[] = [];
  let isUsable = true;
  for (const target of targets) {
    const report = await examineTarget(settings, target, flags, signal);
    signal.throwIfAborted();
    reports.push({ baseUrl: target.baseUrl, ...report });
    isUsable &&= report.isUsable;
  }
  const servers = flags.config === undefined ? [] : await examineServers(settings, flags, signal);
  isUsable &&= servers.every(({ check }) => check.verdict !== 'failed');
  if (flags.json) settings.terminal.line(JSON.stringify({ endpoints: reports, servers }));
  if (!isUsable) process.exitCode = 1;
};

const isEmpty = ({ servers, models }: Settings['configuration']): boolean =>
  Object.keys(servers).length === 0 && Object.keys(models).length === 0;

interface Target {
  readonly baseUrl: string;
  readonly apiKey?: string;
  readonly model?: string;
}

const localTargets = async ({ terminal, errors }: Settings): Promise<readonly Target[]> => {
  const found = await findLocalServers();
  const ports = usualPorts.map(({ port, server }) => `${port} (${server})`).join(', ');
  if (found.length === 0) throw new Error(`No model server answered on this machine. Asked on the ports ${ports}.`);
  for (const { server, baseUrl } of found) errors.line(`Found on the port of ${server}: ${terminal.style('bold', baseUrl)}`);
  return found.map(({ baseUrl }) => ({ baseUrl }));
};

const configuredTargets = (
  { models, configuration }: Settings,
  url: string | undefined,
  flags: DoctorFlags,
): readonly Target[] => {
  const endpoint = models.endpointOf(models.defaultName);
  if (url === undefined && flags.config !== undefined && Object.keys(configuration.models).length === 0) return [];
  if (endpoint === undefined || (url === undefined && endpoint.baseUrl === openAiBaseUrl && endpoint.apiKey === undefined))
    throw new Error(
      'Which endpoint? turnlog doctor http://localhost:8000/v1, or --all-local for the usual ports, or --config config.json for the MCP servers in it.',
    );
  const model = flags.model ?? (url === undefined ? models.resolve()?.model : undefined);
  const { baseUrl, apiKey } = endpoint;
  return [{ baseUrl, ...(apiKey !== undefined && { apiKey }), ...(model !== undefined && { model }) }];
};

const examineTarget = async (
  { terminal }: Settings,
  { baseUrl, apiKey, model }: Target,
  { json }: DoctorFlags,
  signal: AbortSignal,
): Promise<Examined> => {
  const probe = createProbe({ baseUrl, ...(apiKey !== undefined && { apiKey }) }, signal);
  if (!json) terminal.line(terminal.style('bold', baseUrl));
  const examined = await examine({ probe, model, baseUrl, onCheck: (check) => json || printCheck(terminal, check) });
  if (!json && examined.model !== undefined) printVerdict(terminal, baseUrl, examined, examined.model);
  return examined;
};

const marks = { ok: ['green', '✓'], warning: ['yellow', '!'], failed: ['red', '✗'], skipped: ['dim', '–'] } as const;
const nameWidth = 16;

const printCheck = (terminal: Terminal, { name, verdict, found, advice = [] }: Check): void => {
  const [style, mark] = marks[verdict];
  terminal.line(`${terminal.style(style, mark)} ${name.padEnd(nameWidth)} ${found}`);
  for (const line of advice) terminal.line(`${' '.repeat(nameWidth + 3)}${terminal.style('dim', '→')} ${line}`);
};

const printVerdict = (terminal: Terminal, baseUrl: string, { isUsable, profile }: Examined, model: string): void => {
  terminal.line();
  if (!isUsable) {
    terminal.line(terminal.style('red', 'Not usable as it is: see ✗ above.'));
    return;
  }
  const entry = { baseUrl, model, profile: { extends: guessProfile(baseUrl), ...profile } };
  terminal.line(`Usable. For config.json:`);
  terminal.line(JSON.stringify({ models: { [model]: entry } }, null, 2));
};

const examineServers = async (
  { configuration, secrets, terminal, log }: Settings,
  { json }: DoctorFlags,
  signal: AbortSignal,
): Promise<readonly (ServerReport & { readonly server: string })[]> => {
  const names = Object.keys(configuration.servers);
  if (names.length === 0) return [];
  const host = createMcpToolHost(configuration.servers, { secrets: [...secrets], log: (message) => log.debug(message) });
  const reports: (ServerReport & { readonly server: string })[] = [];
  try {
    if (!json) terminal.line(terminal.style('bold', 'MCP servers'));
    for (const server of names) {
      const report = await checkServer(host, server, signal);
      reports.push({ server, ...report });
      if (json) continue;
      printCheck(terminal, report.check);
      for (const { name, kind } of report.tools) terminal.line(`    ${name.padEnd(34)} ${terminal.style('dim', kind)}`);
    }
    return reports;
  } finally {
    await host.close();
  }
};
