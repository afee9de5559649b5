// A consumer in a process of its own, to be killed in the middle of a job: it says which job it has, and never ends it.
import { startJobConsumer } from '../start-job-consumer.ts';

const [backend, name] = process.argv.slice(2);

startJobConsumer(
  JSON.parse(backend ?? ''),
  async (job) => {
    process.stdout.write(`${JSON.stringify(job)}\n`);
    await new Promise(() => undefined);
  },
  { concurrency: 1, ...(name === undefined ? {} : { name }) },
);
