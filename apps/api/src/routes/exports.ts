// Exports: datasets that workers build, and their files.

import { type ExportRequest, viewExport } from '@turnlog/core';
import { z } from 'zod';
import type { ApiDependencies } from '../api-dependencies.ts';
import { RequestRefused } from '../request-refused.ts';
import { defineRoute, noBody, noFields, type Route } from '../route.ts';
import { bulkAccepted } from '../schemas/batch-answers.ts';
import { createExportBody, exportAnswer, exportsAnswer } from '../schemas/export-bodies.ts';
import { bulkParams, defaultLimit, idempotencyHeaders, pageParameters, replayedHeader } from '../schemas/parameters.ts';
import { submitBulk } from '../submit-bulk.ts';

export const exportRoutes = (dependencies: ApiDependencies): readonly Route[] => [
  createRoute(dependencies),
  listRoute(dependencies),
  readRoute(dependencies),
  fileRoute(dependencies),
];

const group = 'Batches and exports';

const createRoute = (dependencies: ApiDependencies): Route =>
  defineRoute({
    method: 'post',
    path: '/exports',
    group,
    summary: 'Builds a dataset',
    description:
      'A worker writes it into its data folder, as `npm run export-traces` would: files of rows, `manifest.json`, `rows.json.gz` and a dataset card. Secrets are replaced by placeholders.',
    access: 'token',
    params: noFields,
    query: noFields,
    headers: idempotencyHeaders,
    body: createExportBody(dependencies.exports.formats),
    answers: {
      202: {
        description: 'The export is enqueued.',
        schema: bulkAccepted,
        headers: z.object({ Location: z.string(), ...replayedHeader }),
      },
    },
    problems: ['key_reused'],
    perform: async (request) => {
      const { format, as, filters = {}, options = {} } = request.body;
      const asked: ExportRequest = { format, ...(as !== undefined && { as }), filters, options };
      const { work, headers } = await submitBulk(dependencies, request, 'export', () => ({ about: asked, request: asked }));
      return { status: 202, json: { id: work.id, phase: work.phase }, headers };
    },
  });

const listRoute = ({ bulk }: ApiDependencies): Route =>
  defineRoute({
    method: 'get',
    path: '/exports',
    group,
    summary: 'Lists exports, newest first',
    access: 'token',
    params: noFields,
    query: z.strictObject(pageParameters),
    body: noBody,
    answers: { 200: { description: 'One page.', schema: exportsAnswer } },
    perform: async ({ query: { limit = defaultLimit, cursor } }) => {
      const { items, nextCursor } = await bulk.list('export', { limit, ...(cursor !== undefined && { cursor }) });
      return { status: 200, json: { items: items.map(viewExport), nextCursor } };
    },
  });

const nothingAt = (id: string): RequestRefused => new RequestRefused('not_found', `There is no export ${id}.`);

const readRoute = ({ bulk }: ApiDependencies): Route =>
  defineRoute({
    method: 'get',
    path: '/exports/:id',
    group,
    summary: 'Shows an export',
    access: 'token',
    params: bulkParams,
    query: noFields,
    body: noBody,
    answers: { 200: { description: 'How far it has come, and once it is completed, what it holds.', schema: exportAnswer } },
    perform: async ({ params: { id } }) => {
      const work = await bulk.find('export', id);
      if (work === undefined) throw nothingAt(id);
      return { status: 200, json: viewExport(work) };
    },
  });

const fileRoute = ({ bulk, exports }: ApiDependencies): Route =>
  defineRoute({
    method: 'get',
    path: '/exports/:id/file',
    group,
    summary: 'Reads a file of an export',
    access: 'token',
    params: bulkParams,
    query: z.strictObject({
      path: z.string().min(1).max(500).meta({ description: 'A `path` of its `files`, or one that its manifest names.' }),
    }),
    body: noBody,
    answers: { 200: { description: 'Its bytes.', media: ['application/octet-stream'] } },
    perform: async ({ params: { id }, query: { path } }) => {
      const work = await bulk.find('export', id);
      if (work === undefined) throw nothingAt(id);
      const { phase, folder } = viewExport(work);
      if (folder === undefined) throw new RequestRefused('not_found', `The export is ${phase}: it has no files yet.`);
      const file = await exports.openFile(folder, path);
      if (file === undefined)
        throw new RequestRefused(
          'not_found',
          `This machine has no file ${JSON.stringify(path)} of it. A worker wrote it to ${folder}.`,
        );
      const name = path.split('/').at(-1) ?? path;
      return {
        status: 200,
        file,
        headers: {
          'Content-Type': 'application/octet-stream',
          'Content-Disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
        },
      };
    },
  });
