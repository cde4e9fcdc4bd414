// The token: out of the address bar at once, kept for this tab, asked for where there is none.

import { forgetAnswers } from "./kept.js";

const KEPT_AS = "nengshu.token";

export function takeFromAddress() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given === null) return;
  sessionStorage.setItem(KEPT_AS, given.trim());
  history.replaceState(history.state, "", location.pathname + location.search);
}

export function token() {
  return sessionStorage.getItem(KEPT_AS);
}

export function forget() {
  sessionStorage.removeItem(KEPT_AS);
  forgetAnswers();
}

// Shows the form instead of the page. The page is loaded anew with the token, so that nothing old stays on it.
export function askForToken(page, words, reason) {
  page.hidden = true;
  const refused = document.getElementById("token-refused");
  refused.hidden = !reason;
  refused.textContent = reason ? words.token.refused.replace("{reason}", reason) : "";
  document.getElementById("forget").hidden = true;
  document.getElementById("token").hidden = false;
  document.getElementById("token-form").addEventListener("submit", keep);
  document.getElementById("token-text").focus();
}

function keep(event) {
  event.preventDefault();
  sessionStorage.setItem(KEPT_AS, document.getElementById("token-text").value.trim());
  location.reload();
}

export function offerToForget(page, words) {
  const button = document.getElementById("forget");
  button.hidden = false;
  button.addEventListener("click", () => {
    forget();
    askForToken(page, words, null);
  });
}
