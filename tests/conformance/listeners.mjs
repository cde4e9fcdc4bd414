// Subscribes with the clients of graphql-ws and graphql-sse, as their makers mean it; prints one JSON a line: who listens,
// what each hears, and how each ends. Ends once both have.
// Usage: TOKEN=… node listeners.mjs <address of /graphql> <subscription>

import { createClient as createSocketClient } from "graphql-ws";
import { createClient as createEventsClient } from "graphql-sse";
import WebSocket from "ws";

const [address, query] = process.argv.slice(2);
const authorization = `Bearer ${process.env.TOKEN}`;
const say = (by, what) => console.log(JSON.stringify({ by, ...what }));

let pinged = 0;
class Wire extends WebSocket {
  constructor(...given) {
    super(...given);
    this.on("ping", () => (pinged += 1));
  }
}

const sink = (by, ended) => ({
  next: (result) => say(by, { heard: result }),
  error: (fault) => ended(say(by, { failed: { code: fault?.code, reason: fault?.reason ?? String(fault) } })),
  complete: () => ended(say(by, { complete: true })),
});

const overSocket = new Promise((ended) => {
  let listens = false;
  const client = createSocketClient({
    url: address.replace("http", "ws"),
    webSocketImpl: Wire,
    connectionParams: { Authorization: authorization },
    keepAlive: 50,
    on: {
      pong: () => {
        if (!listens) say("socket", { listens: (listens = true) });
      },
    },
  });
  client.subscribe({ query }, sink("socket", ended));
});

const overEvents = new Promise((ended) => {
  const client = createEventsClient({ url: address, headers: { authorization }, retryAttempts: 0 }); // it would try a 401 again
  client.subscribe({ query }, sink("events", ended), { connected: () => say("events", { listens: true }) });
});

await Promise.all([overSocket, overEvents]);
say("socket", { pinged: pinged > 0 });
process.exit(0);
