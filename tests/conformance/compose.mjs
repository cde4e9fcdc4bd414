// Composes subgraphs with each of three composers; prints one JSON: {composer: {composed, fields, errors}}, where
// `fields` are those of the joined Unit that the test looks for.
// Usage: node compose.mjs <name>=<file.graphql> <name>=<file.graphql>

import { readFileSync } from "node:fs";
import { composeServices as apollo } from "@apollo/composition";
import { composeServices as guild } from "@theguild/federation-composition";
import { federateSubgraphs, ROUTER_COMPATIBILITY_VERSION_ONE } from "@wundergraph/composition";
import { parse } from "graphql";

const SOUGHT = ["creditCode", "name", "visits"]; // the key, a field of the hub, a field of the other subgraph

const subgraphs = process.argv.slice(2).map((argument) => {
  const [name, file] = argument.split("=");
  return { name, url: `http://${name}.invalid/graphql`, typeDefs: parse(readFileSync(file, "utf8")) };
});

function joined(compose) {
  const { errors, supergraphSdl } = compose(subgraphs);
  return [errors, supergraphSdl && parse(supergraphSdl)];
}

function federated() {
  const given = subgraphs.map(({ name, url, typeDefs }) => ({ name, url, definitions: typeDefs }));
  const found = federateSubgraphs({ subgraphs: given, version: ROUTER_COMPATIBILITY_VERSION_ONE });
  return [found.errors, found.success && found.federatedGraphAST];
}

function told([errors, supergraph]) {
  const units = supergraph ? supergraph.definitions.filter((node) => node.name?.value === "Unit") : [];
  const fields = units.flatMap((node) => node.fields.map((field) => field.name.value));
  return {
    composed: Boolean(supergraph),
    fields: SOUGHT.filter((field) => fields.includes(field)),
    errors: (errors ?? []).map((error) => error.message),
  };
}

const found = { apollo: joined(apollo), guild: joined(guild), wundergraph: federated() };
console.log(JSON.stringify(Object.fromEntries(Object.entries(found).map(([name, one]) => [name, told(one)]))));
