// Asks the hub: documents by their file's name, answers as data or as one of two errors.

import { token } from "./token.js";

const WAIT_MS = 60_000; // the hub gives up sooner; this is for a network that swallows everything

// The hub does not know who asks; `message` is its reason.
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

export function post(body) {
  return fetch(new URL("graphql", document.baseURI), {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${token()}` },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(WAIT_MS),
  });
}

export async function ask(name, variables) {
  const query = await (await file(`queries/${name}.graphql`)).text();
  const answer = await reached(post({ query, variables }));
  const told = await answer.json().catch(() => null);
  if (answer.status === 401 || answer.status === 403) throw new Refused(told?.detail ?? answer.statusText);
  if (told?.errors?.length) throw new Fault(told.errors.map((error) => error.message).join("; "), answer.status);
  if (!told?.data) throw new Fault(told?.detail ?? answer.statusText, answer.status);
  return told.data;
}

async function reached(answer) {
  try {
    return await answer;
  } catch {
    throw new Fault("", 0);
  }
}
