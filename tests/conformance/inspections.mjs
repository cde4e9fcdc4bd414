// The invented subgraph of inspections.graphql: one visit, to one unit.

import { readFileSync } from "node:fs";
import { buildSchema, graphql } from "graphql";

export const INSPECTIONS = "http://inspections.invalid/graphql";

export function visited(file, unit) {
  const schema = buildSchema(readFileSync(file, "utf8"), { assumeValid: true, assumeValidSDL: true });
  const visits = () => [{ day: "2026-10-01", findings: 2, unit: { creditCode: unit } }];
  return (source, variableValues) => graphql({ schema, source, variableValues, rootValue: { visits } });
}
