// An error in words for the person who typed the command: what happened and what to do, no stack unless it is a bug.

import { Interrupted } from './actions/until-interrupted.ts';
import { CalledWrongly } from './called-wrongly.ts';
import { ConfigurationError } from './configuration/configuration-error.ts';

/** Errors that say all there is to say. Their names are part of each package's interface. */
const known = new Set([
  'ApiRefused',
  'CommandRejected',
  'HubRefused',
  'NoSuchFile',
  'NoChatTemplate',
  'NoExport',
  'NoTokenizer',
  'NotOurFolder',
  'PortUnavailable',
  'PostgresStartError',
  'StoreUnavailable',
  'QueueUnavailable',
  'UnreadableConversation',
]);

export const explain = (error: unknown): { readonly message: string; readonly exitCode: number } => {
  if (error instanceof Interrupted) return { message: 'Interrupted.', exitCode: 130 };
  if (error instanceof ConfigurationError || error instanceof CalledWrongly) return { message: error.message, exitCode: 2 };
  if (!(error instanceof Error)) return { message: `Failed: ${String(error)}`, exitCode: 1 };
  if (known.has(error.name) || error.constructor === Error) return { message: error.message, exitCode: 1 };
  return { message: `This is a bug in Turnlog: ${error.stack ?? error.message}`, exitCode: 1 };
};
