import { gunzipSync } from 'node:zlib';
import type { RowPlace } from './rows-index.ts';

export const readRowsIndex = (content: Uint8Array): readonly RowPlace[] => JSON.parse(gunzipSync(content).toString('utf8'));
