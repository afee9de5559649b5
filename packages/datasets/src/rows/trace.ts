// One trace file for every conversation with an answer in it. It shows what happened: nothing is left out for being bad.

import { toTrace } from '@turnlog/core';
import type { Projection, Row } from './projection.ts';
import type { ReadFamily } from './read-family.ts';
import { createRowList, selectedOf } from './row-common.ts';

export const projectTrace = (family: ReadFamily): Projection => {
  const list = createRowList();
  for (const { id, state } of selectedOf(family)) {
    const trace = toTrace(id, state);
    if (!trace.messages.some(({ role }) => role === 'assistant')) list.exclude('error');
    else list.add({ id, conversation: id, fromVersion: 1, toVersion: state.version, row: trace as unknown as Row });
  }
  return list.projection();
};
