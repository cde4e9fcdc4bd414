// A gateway over the hub and the invented subgraph answers one question; prints its answer.
// Usage: TOKEN=… node gateway.mjs <address of /graphql> <hub.graphql> <inspections.graphql> <credit code> <question>

import { readFileSync } from "node:fs";
import { composeServices } from "@apollo/composition";
import { ApolloGateway, RemoteGraphQLDataSource } from "@apollo/gateway";
import { parse } from "graphql";
import { INSPECTIONS, visited } from "./inspections.mjs";

const [address, hub, inspections, unit, question] = process.argv.slice(2);
const typeDefs = (file) => parse(readFileSync(file, "utf8"));
const { supergraphSdl } = composeServices([
  { name: "hub", url: address, typeDefs: typeDefs(hub) },
  { name: "inspections", url: INSPECTIONS, typeDefs: typeDefs(inspections) },
]);

class Hub extends RemoteGraphQLDataSource {
  willSendRequest({ request }) {
    request.http.headers.set("authorization", `Bearer ${process.env.TOKEN}`);
  }
}

const visits = visited(inspections, unit);
const ownVisits = { process: ({ request }) => visits(request.query, request.variables) };

const quiet = Object.fromEntries(["debug", "info", "warn", "error"].map((level) => [level, () => {}]));
const gateway = new ApolloGateway({
  supergraphSdl,
  logger: quiet,
  buildService: ({ name, url }) => (name === "hub" ? new Hub({ url }) : ownVisits),
});
const { executor } = await gateway.load();
const document = parse(question);
const answer = await executor({
  document,
  request: { query: question, variables: {} },
  queryHash: "one",
  operationName: null,
  context: {},
  schema: gateway.schema,
  logger: quiet,
  cache: new Map(),
});
console.log(JSON.stringify(answer));
await gateway.stop();
