// The token of the Hub: flag, HF_TOKEN, or the file that `hf auth login` writes.

import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../configuration/environment.ts';

/** Throws where there is none. */
export const hubToken = async (
  flag: string | undefined,
  { huggingFace, variables }: Pick<Environment, 'huggingFace' | 'variables'>,
): Promise<string> => {
  const given = flag ?? huggingFace.token ?? variables.HUGGING_FACE_HUB_TOKEN;
  if (given !== undefined && given !== '') return given;
  const home = variables.HF_HOME || join(variables.XDG_CACHE_HOME || join(homedir(), '.cache'), 'huggingface');
  const path = variables.HF_TOKEN_PATH || join(home, 'token');
  const token = (await readFile(path, 'utf8').catch(() => '')).trim();
  if (token !== '') return token;
  throw new Error(
    `No token for the Hub: set HF_TOKEN, give --token, or log in with \`hf auth login\` (looked at ${path}). Make one with write access at https://huggingface.co/settings/tokens.`,
  );
};
