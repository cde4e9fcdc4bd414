// Apollo Server over units and readings in memory: node apollo.mjs FILE, as one JSON list of data points.
// It says its address in a line and goes on until it is ended. Whatever period is asked for, it has no other readings.
import { readFileSync } from 'node:fs'
import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'

const typeDefs = `#graphql
  scalar Date
  scalar DateTime
  scalar Decimal
  enum Granularity { QUARTER_HOUR HOUR DAY MONTH YEAR }
  enum Origin { INSTRUMENT SYSTEM MANUAL DERIVED }
  input PeriodInput { from: Date, to: Date }

  type Reading {
    start: DateTime!
    end: DateTime!
    value: Decimal!
    origin: Origin!
    suspect: Boolean!
  }

  type DataPoint {
    unit: String!
    code: String!
    province: String!
    variety: String!
    scope: Int!
    readings(period: PeriodInput!, granularity: Granularity! = DAY, first: Int): [Reading!]!
  }

  type DataPointConnection { nodes: [DataPoint!]! }

  type Query {
    dataPoint(unit: String!, code: String!): DataPoint
    dataPoints(first: Int!): DataPointConnection!
  }
`

const points = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const byKey = new Map(points.map((point) => [`${point.unit} ${point.code}`, point]))

const resolvers = {
  Query: {
    dataPoint: (_, { unit, code }) => byKey.get(`${unit} ${code}`),
    dataPoints: (_, { first }) => ({ nodes: points.slice(0, first) }),
  },
  DataPoint: {
    readings: (point, { first }) => point.readings.slice(0, first ?? undefined),
  },
}

const { url } = await startStandaloneServer(new ApolloServer({ typeDefs, resolvers }), {
  listen: { host: '127.0.0.1', port: 0 },
})
console.log(url)
