/**
 * The same without Redis: BullMQ's queue `events` in the Postgres that Freshet uses. `DATABASE_URL` names it; without one this
 * is the database that `npm start` brings, whose address stands in `.freshet/postgres.url` while it runs.
 */
import { readFile } from 'node:fs/promises';
import { createPostgresBackend, Queue } from 'bullmq';
import { fresh, show } from './freshet.js';

async function databaseUrl(): Promise<string> {
  const given = process.env['DATABASE_URL'];
  if (given !== undefined && given !== '') return given;
  const file = `${process.env['FRESHET_DATA_DIR'] ?? '.freshet'}/postgres.url`;
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Error(`${file} is not there: start Freshet with npm start in this folder, or set DATABASE_URL or FRESHET_DATA_DIR`);
  });
  return text.trim();
}

// Freshet keeps BullMQ's tables up to date; a producer needs only to insert.
const queue = new Queue('events', { connection: { connectionString: await databaseUrl(), max: 2 } }, createPostgresBackend);
try {
  await queue.waitUntilReady();
  show('jobs waiting', String(await queue.getWaitingCount()));

  const order = fresh('order');
  const events = [
    { id: `${order}/1`, type: 'purchase', user_id: 'fay', item_id: 'mugs-001', quantity: 2, price: 10.95 },
    { id: `${order}/2`, type: 'view', user_id: 'fay' },
  ];
  const job = await queue.add('shop', events);
  show('the job’s result', await result(job.id ?? ''));

  // The same events again, as after a timeout: nothing happens twice.
  const again = await queue.add('shop', events);
  show('once more', await result(again.id ?? ''));
} finally {
  await queue.close();
}

/** Asks until the job has ended; where nobody else looks, this costs less than listening to every job's end. */
async function result(id: string): Promise<unknown> {
  for (const giveUpAt = Date.now() + 30_000; Date.now() < giveUpAt; ) {
    const job = await queue.getJob(id);
    if (job?.finishedOn !== undefined) {
      if (job.failedReason) throw new Error(`the job failed: ${job.failedReason}`);
      return job.returnvalue;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('nobody takes jobs from the queue “events”: does Freshet run?');
}
