// What a row is, for whoever builds files of rows.

import { projectFamily } from './project-family.ts';
import type { RowFormat } from './projection.ts';
import { columnsOf } from './row-columns.ts';
import { validateRow } from './row-schema.ts';

export const rowFormats: RowFormat = { project: projectFamily, columnsOf, validate: validateRow };
