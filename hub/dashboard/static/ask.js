// Asks the hub: documents by their file's name, answers as data or as one of two errors.

import { keepAnswer, keptAnswer } from "./kept.js";

const WAIT_MS = 60_000; // the hub gives up sooner; this is for a network that swallows everything

// Nobody is signed in (any longer); `message` is the hub's reason.
export class Refused extends Error {}

// The hub gave no data; `status` is 0 when it did not answer at all.
export class Fault extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

export async function file(name) {
  const answer = await fetch(new URL(name, import.meta.url));
  if (!answer.ok) throw new Fault(name, answer.status);
  return answer;
}

export function post(question) {
  return send(JSON.stringify(question), {});
}

export async function ask(name, variables) {
  const query = await (await file(`queries/${name}.graphql`)).text();
  const body = JSON.stringify({ query, variables });
  const kept = keptAnswer(name, body);
  const answer = await reached(send(body, kept ? { "If-None-Match": kept.tag } : {}));
  if (answer.status === 304) return kept.data;
  const told = await answer.json().catch(() => null);
  if (answer.status === 401) throw new Refused(told?.detail ?? answer.statusText);
  if (told?.errors?.length) throw new Fault(told.errors.map((error) => error.message).join("; "), answer.status);
  if (!told?.data) throw new Fault(told?.detail ?? answer.statusText, answer.status);
  const tag = answer.headers.get("ETag");
  if (tag) keepAnswer(name, body, tag, told.data);
  return told.data;
}

function send(body, conditions) {
  return fetch(new URL("graphql", document.baseURI), {
    method: "POST",
    headers: { "Content-Type": "application/json", ...conditions }, // the session's cookie comes by itself
    body,
    signal: AbortSignal.timeout(WAIT_MS),
  });
}

async function reached(answer) {
  try {
    return await answer;
  } catch {
    throw new Fault("", 0);
  }
}
