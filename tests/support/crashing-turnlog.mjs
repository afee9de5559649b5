// `turnlog start` with one failpoint: once it is armed, the process kills itself with SIGKILL the moment it comes to it. The
// failpoints stand around the ports, put there by this composition: the engine's own code knows nothing of them.
//   node crashing-turnlog.mjs ['<point>'] [--armed]      without a point it lives on; SIGUSR2 arms it later
// With MUTATION, one rule of the engine is switched off around it: what tests claim must then fail.

import { randomUUID } from 'node:crypto';
import { createApi, listen } from '@turnlog/api';
import { createEngine, findStep } from '@turnlog/core';
import { createJobQueue, prepareQueue, startJobConsumer } from '@turnlog/queue';
import { createMcpToolHost, createOpenAiModelClient, createToolSchemas, startWorker } from '@turnlog/worker';
import { Client } from 'pg';
import { now, sha256 } from '../../apps/cli/dist/compose/compose-engine.js';
import { openDatabase } from '../../apps/cli/dist/compose/open-database.js';
import { readSettings } from '../../apps/cli/dist/compose/read-settings.js';
import { queueBackend } from '../../apps/cli/dist/compose/start-turnlog.js';

const [point = '', armed] = process.argv.slice(2);
const mutation = process.env.MUTATION;
let isArmed = armed === '--armed';
process.on('SIGUSR2', () => {
  isArmed = true;
  console.log('armed');
});
/** Nothing after it happens: no handler, no flush, no farewell to the database. */
const failpoint = (name) => {
  if (isArmed && name === point) process.kill(process.pid, 'SIGKILL');
};
const around = async (names, action) => {
  for (const name of [names].flat()) failpoint(`before ${name}`);
  const result = await action();
  for (const name of [names].flat()) failpoint(`after ${name}`);
  return result;
};

// Between the commit and the adapter that waits to hear of it: the statement has left this process, or its answer is here.
const query = Client.prototype.query;
Client.prototype.query = function (...args) {
  const answer = query.apply(this, args);
  if (args[0]?.name !== 'append') return answer;
  setImmediate(() => failpoint('before the answer to a commit'));
  return answer.then((result) => {
    failpoint('after the answer to a commit');
    return result;
  });
};

const settings = readSettings({ port: '0' });
const { environment, configuration, models, log } = settings;
const { url, database } = await openDatabase({ ...settings, ...environment });
const backend = await queueBackend(environment.redisUrl, { url, database });
await prepareQueue(backend);
const queue = createJobQueue(backend, { onError: () => {} });

/** An append is known by each of its events. */
const appendNames = ({ events }) =>
  events.map(({ type, data }) =>
    type === 'AttemptStarted' ? `append of AttemptStarted of a ${data.request ? 'model' : 'tool'}` : `append of ${type}`,
  );
const store = {
  ...database.store,
  append: (append) => around(appendNames(append), () => database.store.append(append)),
};
const created = createEngine({
  store,
  now,
  sha256,
  dispatch: (jobs) => (jobs.length === 0 ? Promise.resolve() : around('adding jobs', () => queue.add(jobs))),
  announce: (conversationId, version) => database.feed.publish({ type: 'version', conversationId, version }),
});

/** Without fencing, an outcome is taken for that of whatever attempt is open. */
const unfenced = async (command, envelope) => {
  if (!['RecordModelAnswer', 'RecordToolResult', 'RecordFailure'].includes(command.type))
    return created.handle(command, envelope);
  const open = findStep(await created.load(envelope.conversationId, { fresh: true }), command.step);
  return created.handle({ ...command, ...(open?.claim && { attempt: open.attempt, claim: open.claim }) }, envelope);
};
const engine = mutation === 'any claim counts' ? { ...created, handle: unfenced } : created;
const ledger = {
  ...database.ledger,
  ...(mutation === 'nothing is due' && { due: async () => [] }),
  ...(mutation === 'nobody is lost' && { orphaned: async () => [] }),
};

const modelClient = createOpenAiModelClient({ endpoint: models.endpointOf });
const callModel = (request, signal, onDelta) =>
  modelClient.call(request, signal, (delta) => {
    failpoint('while calling the model');
    onDelta(delta);
  });
const schemas = createToolSchemas();
const tools = createMcpToolHost(configuration.servers, { schemas });
/** Well within a call that takes longer, and after its request has left. */
const callUnderWayMs = 50;
const callTool = (...call) => {
  const timer = setTimeout(() => failpoint('while calling a tool'), callUnderWayMs);
  return tools.call(...call).finally(() => clearTimeout(timer));
};
const worker = await startWorker({
  workerId: `crashing-${process.pid}`,
  engine,
  ledger,
  erasure: database.erasure,
  queue: { ...queue, add: (jobs) => around('adding jobs again', () => queue.add(jobs)) },
  feed: database.feed,
  models: { call: (...call) => around('calling the model', () => callModel(...call)) },
  tools: {
    list: (...call) => around('listing tools', () => tools.list(...call)),
    call: (...call) => around('calling a tool', () => callTool(...call)),
    close: () => tools.close(),
  },
  schemas,
  catalogue: database.catalogue,
  store,
  servers: Object.keys(configuration.servers),
  consume: async (perform) =>
    startJobConsumer(backend, (job, signal) => around('performing a job', () => perform(job, signal)), {
      concurrency: 10,
      onError: () => {},
    }),
  newClaim: randomUUID,
  now,
  sha256,
  log,
});

const api = createApi({
  engine,
  store,
  list: database.list,
  erasure: { ...database.erasure, erase: (id) => around('erasing', () => database.erasure.erase(id)) },
  bulk: database.bulk,
  wakeBulk: () => {},
  datasets: database.datasets,
  // Nobody exports here.
  exports: { formats: ['trace'] },
  feed: database.feed,
  catalogue: database.catalogue,
  models,
  servers: Object.keys(configuration.servers),
  checks: async () => ({}),
  token: environment.token,
  allowedHosts: [],
  newId: randomUUID,
  sha256,
  log,
});
const listening = await listen(api, { host: '127.0.0.1', port: 0 });
console.log(`Open ${listening.url}/?token=${environment.token}\nCtrl-C stops it.`);
process.on('SIGTERM', async () => {
  await listening.stop();
  await worker.stop(0);
  process.exit(0);
});
