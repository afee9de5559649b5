// The reference page: the OpenAPI document as HTML. No script and nothing loaded, so that it works offline and under
// the strictest policy; the style's hash goes into that policy.

import { createHash } from 'node:crypto';
import type { OpenApiDocument } from './open-api-document.ts';

/** As loose as a document is when it is only shown. */
type Shown = { readonly [key: string]: Shown } | readonly Shown[] | string | number | boolean | null | undefined;

export const createReferencePage = (document: OpenApiDocument): { readonly html: string; readonly styleHash: string } => {
  const shown = JSON.parse(JSON.stringify(document)) as Shown;
  const operations = Object.entries(fieldsOf(at(shown, 'paths'))).flatMap(([path, methods]) =>
    Object.entries(fieldsOf(methods)).map(([method, operation]) => ({ path, method, operation })),
  );
  const groups = listOf(at(shown, 'tags')).map((tag) => textOf(at(tag, 'name')));
  const body = groups.map((group) => {
    const members = operations.filter(({ operation }) => listOf(at(operation, 'tags')).includes(group));
    return `<h2>${escapeHtml(group)}</h2>${members.map(operationHtml).join('')}`;
  });
  const schemas = Object.entries(fieldsOf(at(shown, 'components', 'schemas')));
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Turnlog API</title><style>${style}</style></head><body><main><h1>Turnlog API</h1>
<p>${escapeHtml(textOf(at(shown, 'info', 'description')))} The same as data: <a href="/openapi.json">openapi.json</a> (OpenAPI 3.1).</p>
<p>Send <code>Authorization: Bearer &lt;token&gt;</code>. Errors are <code>application/problem+json</code> (RFC 9457) with a stable <code>type</code>.</p>
<nav>${operations.map(linkHtml).join('')}</nav>${body.join('')}
<h2>Schemas</h2>${schemas.map(([name, schema]) => schemaHtml(name, schema)).join('')}</main></body></html>`;
  return { html, styleHash: `sha256-${createHash('sha256').update(style).digest('base64')}` };
};

interface Operation {
  readonly path: string;
  readonly method: string;
  readonly operation: Shown;
}

const anchorOf = ({ operation }: Operation): string => textOf(at(operation, 'operationId'));

const nameHtml = ({ method, path }: Operation): string =>
  `<b class="${method}">${method.toUpperCase()}</b> <code>${escapeHtml(path)}</code>`;

const linkHtml = (operation: Operation): string => `<a href="#${anchorOf(operation)}">${nameHtml(operation)}</a>`;

const operationHtml = (shown: Operation): string => {
  const { operation } = shown;
  const body = at(operation, 'requestBody', 'content', 'application/json', 'schema');
  return `<section id="${anchorOf(shown)}"><h3>${nameHtml(shown)} ${escapeHtml(textOf(at(operation, 'summary')))}</h3>
${paragraphs(textOf(at(operation, 'description')))}${parametersHtml(listOf(at(operation, 'parameters')))}
${body === undefined ? '' : detailsHtml('Body', typeHtml(body))}${answersHtml(at(operation, 'responses'))}</section>`;
};

const parametersHtml = (parameters: readonly Shown[]): string => {
  if (parameters.length === 0) return '';
  const rows = parameters.map((parameter) => {
    const said = at(parameter, 'description') ?? at(parameter, 'schema', 'description');
    const needed = at(parameter, 'required') === true ? ' (required)' : '';
    return `<tr><td><code>${escapeHtml(textOf(at(parameter, 'name')))}</code></td><td>${escapeHtml(textOf(at(parameter, 'in')))}${needed}</td><td>${prose(textOf(said))}</td></tr>`;
  });
  return `<table>${rows.join('')}</table>`;
};

const answersHtml = (responses: Shown): string =>
  Object.entries(fieldsOf(responses))
    .map(([status, answer]) => {
      const schema = at(answer, 'content', 'application/json', 'schema');
      const said = `<b>${escapeHtml(status)}</b> ${prose(textOf(at(answer, 'description')))}`;
      return schema === undefined ? `<p>${said}</p>` : detailsHtml(said, typeHtml(schema));
    })
    .join('');

const schemaHtml = (name: string, schema: Shown): string =>
  `<section id="schema-${escapeHtml(name)}">${detailsHtml(`<code>${escapeHtml(name)}</code>`, typeHtml(schema))}</section>`;

const detailsHtml = (summary: string, content: string): string => `<details><summary>${summary}</summary>${content}</details>`;

/** A schema as JSON, with its references as links. */
const typeHtml = (schema: Shown): string =>
  `<pre>${escapeHtml(JSON.stringify(schema, null, 2)).replaceAll(
    /#\/components\/schemas\/(\w+)/g,
    (reference, name: string) => `<a href="#schema-${name}">${reference}</a>`,
  )}</pre>`;

const paragraphs = (text: string): string =>
  text
    .split('\n\n')
    .filter((paragraph) => paragraph !== '')
    .map((paragraph) => `<p>${prose(paragraph)}</p>`)
    .join('');

const prose = (text: string): string => escapeHtml(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const fieldsOf = (value: Shown): { readonly [key: string]: Shown } =>
  typeof value === 'object' && value !== null && !isList(value) ? value : {};
const listOf = (value: Shown): readonly Shown[] => (isList(value) ? value : []);
const isList = (value: Shown): value is readonly Shown[] => Array.isArray(value);
const textOf = (value: Shown): string => (typeof value === 'string' ? value : '');
const at = (value: Shown, ...keys: readonly string[]): Shown =>
  keys.reduce<Shown>((current, key) => fieldsOf(current)[key], value);

const style = `:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;margin:0}main{max-width:56rem;margin:0 auto;padding:1.5rem}
h3{margin:0 0 .5rem;font-weight:500}section{border-top:1px solid #8884;padding:1rem 0}nav a{display:block;text-decoration:none;color:inherit;padding:.15rem 0}
nav a:hover{text-decoration:underline}b.get{color:#0a7d43}b.post{color:#b45309}code,pre{font:13px/1.45 ui-monospace,monospace}
pre{background:#8881;padding:.75rem;overflow:auto;max-height:30rem}td{padding:.2rem .8rem .2rem 0;vertical-align:top}summary{cursor:pointer}`;
