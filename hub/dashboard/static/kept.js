// The last answer to each question, kept for this tab: asked again with its tag, the hub says in a few bytes that it still holds.

const KEPT_AS = "nengshu.answer.";

export function keptAnswer(name, body) {
  const kept = JSON.parse(sessionStorage.getItem(KEPT_AS + name));
  return kept?.body === body ? kept : null;
}

export function keepAnswer(name, body, tag, data) {
  try {
    sessionStorage.setItem(KEPT_AS + name, JSON.stringify({ body, tag, data }));
  } catch {
    sessionStorage.removeItem(KEPT_AS + name); // no room: it is answered anew the next time
  }
}

export function forgetAnswers() {
  const kept = Object.keys(sessionStorage).filter((key) => key.startsWith(KEPT_AS));
  for (const key of kept) sessionStorage.removeItem(key);
}
