// Runs every audit of graphql-http against a running hub; prints one JSON: [{id, name, status, reason}].
// Usage: TOKEN=… node audits.mjs <address of /graphql>

import { serverAudits } from "graphql-http";

const headers = { authorization: `Bearer ${process.env.TOKEN}` };
const fetchFn = (url, init = {}) => fetch(url, { ...init, headers: { ...headers, ...init.headers } });
const results = [];
for (const audit of serverAudits({ url: process.argv[2], fetchFn })) {
  const { id, name, status, reason } = await audit.fn(); // one by one: a hub answers so many at once and no more
  results.push({ id, name, status, reason });
}
console.log(JSON.stringify(results));
