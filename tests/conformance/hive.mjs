// The gateway of GraphQL Hive over the hub and the invented subgraph answers one question; prints {answer, asked}: its
// answer, and the hosts it spoke to.
// Usage: TOKEN=… node hive.mjs <address of /graphql> <hub.graphql> <inspections.graphql> <credit code> <question>

import { readFileSync } from "node:fs";
import { createGatewayRuntime } from "@graphql-hive/gateway";
import { composeServices } from "@theguild/federation-composition";
import { parse } from "graphql";
import { INSPECTIONS, visited } from "./inspections.mjs";

const [address, hub, inspections, unit, question] = process.argv.slice(2);
const typeDefs = (file) => parse(readFileSync(file, "utf8"));
const { supergraphSdl } = composeServices([
  { name: "hub", url: address, typeDefs: typeDefs(hub) },
  { name: "inspections", url: INSPECTIONS, typeDefs: typeDefs(inspections) },
]);

const visits = visited(inspections, unit);
const asked = new Set();
async function fetchFn(url, init) {
  asked.add(new URL(url).host); // whatever else it would fetch, a schema or a report of what was asked, is seen too
  if (url !== INSPECTIONS) return fetch(url, init);
  const { query, variables } = JSON.parse(init.body);
  return Response.json(await visits(query, variables));
}

const gateway = createGatewayRuntime({
  supergraph: supergraphSdl,
  fetchAPI: { fetch: fetchFn },
  propagateHeaders: { fromClientToSubgraphs: ({ request }) => ({ authorization: request.headers.get("authorization") }) },
  graphiql: false,
  landingPage: false,
  logging: false,
});
const headers = { "content-type": "application/json", authorization: `Bearer ${process.env.TOKEN}` };
const body = JSON.stringify({ query: question });
const reply = await gateway.fetch("http://gateway.invalid/graphql", { method: "POST", headers, body });
console.log(JSON.stringify({ answer: await reply.json(), asked: [...asked] }));
await gateway[Symbol.asyncDispose]();
