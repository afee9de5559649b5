// From a fork family to its rows in one format.

import { projectAtif } from './atif.ts';
import { projectDpo } from './dpo.ts';
import { projectHf } from './hf.ts';
import { projectKto } from './kto.ts';
import { projectOpenai } from './openai.ts';
import type { Family, Format, Projection, RowOptions } from './projection.ts';
import { type ReadFamily, readFamily } from './read-family.ts';
import { projectRl } from './rl.ts';
import { projectSft } from './sft.ts';
import { projectSharegpt } from './sharegpt.ts';
import { projectSts } from './sts.ts';
import { projectTrace } from './trace.ts';

const projections: { readonly [F in Format]: (family: ReadFamily, options: RowOptions) => Projection } = {
  trace: projectTrace,
  hf: projectHf,
  sft: projectSft,
  openai: projectOpenai,
  sharegpt: projectSharegpt,
  sts: projectSts,
  dpo: projectDpo,
  kto: projectKto,
  rl: projectRl,
  atif: projectAtif,
};

/** Rows ordered by conversation id, then version; what is no row is counted by reason. */
export const projectFamily = (format: Format, family: Family, options: RowOptions): Projection =>
  projections[format](readFamily(family), options);
