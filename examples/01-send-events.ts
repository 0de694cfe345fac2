/** Sends three events and prints what became of each. Run: `npm run example 01` beside `npm start`. */
const url = process.env['FRESHET_URL'] ?? 'http://127.0.0.1:8080';

const answer = await fetch(`${url}/v1/events`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify([
    { id: 'example-1', type: 'view', user_id: 'ada', item_id: 'mugs-001' },
    { id: 'example-2', type: 'cart', user_id: 'ada', item_id: 'mugs-001' },
    { id: 'example-3', type: 'view', user_id: 'ada' },
  ]),
});
process.stdout.write(`${JSON.stringify(await answer.json(), undefined, 2)}\n`);
