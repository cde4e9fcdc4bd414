// Who is signed in: shown in the bar with the way out; where nobody is, the page gives way to the login.

import { forgetAnswers } from "./kept.js";

const KEPT_AS = "nengshu.account";

// Whether the page goes on: not where nobody is signed in. A hub that does not answer is told by whoever asks next.
export async function person() {
  const answer = await fetch(new URL("me", document.baseURI)).catch(() => null);
  if (answer?.status === 401) {
    forget();
    toLogin();
    return false;
  }
  if (answer?.ok) show(await answer.json());
  return true;
}

// Sends somebody to sign in, and back to this page afterwards.
export function toLogin() {
  const { lang } = document.documentElement.dataset;
  const page = location.pathname.split("/").pop() + location.search;
  location.replace(`login?${new URLSearchParams({ lang, next: page })}`);
}

function show(told) {
  if (sessionStorage.getItem(KEPT_AS) !== told.account) forgetAnswers(); // they were somebody else's
  sessionStorage.setItem(KEPT_AS, told.account);
  const form = document.getElementById("person");
  document.getElementById("person-name").textContent = told.name;
  form.addEventListener("submit", forget);
  form.hidden = false;
}

function forget() {
  sessionStorage.removeItem(KEPT_AS);
  forgetAnswers();
}
