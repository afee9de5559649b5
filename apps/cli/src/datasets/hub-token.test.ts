import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hubToken } from './hub-token.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'turnlog-hf-'));
});
afterEach(() => rm(home, { recursive: true }));

const environment = (token?: string, variables: Record<string, string> = {}) => ({
  huggingFace: { endpoint: 'https://huggingface.co', token },
  variables: { HF_HOME: home, ...variables },
});

describe('the token of the Hub', () => {
  it('is the flag, else HF_TOKEN, else the file that the login wrote', async () => {
    await writeFile(join(home, 'token'), 'hf_file\n');
    expect(await hubToken('hf_flag', environment('hf_variable'))).toBe('hf_flag');
    expect(await hubToken(undefined, environment('hf_variable'))).toBe('hf_variable');
    expect(await hubToken(undefined, environment())).toBe('hf_file');
    expect(await hubToken('', environment(''))).toBe('hf_file');
    await writeFile(join(home, 'other'), 'hf_other');
    expect(await hubToken(undefined, environment(undefined, { HF_TOKEN_PATH: join(home, 'other') }))).toBe('hf_other');
  });

  it('is asked for, by every name it may have, where there is none', async () => {
    await expect(hubToken(undefined, environment())).rejects.toThrow(/set HF_TOKEN, give --token, or log in.*token\)/);
  });
});
