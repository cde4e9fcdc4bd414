// GraphiQL under the token of this tab.

import { file, post } from "./ask.js";
import { askForToken, forget, offerToForget, takeFromAddress, token } from "./token.js";

takeFromAddress();
const page = document.getElementById("graphiql");
const { lang } = document.documentElement.dataset;
const words = await (await file(`words/${lang}.json`)).json();

async function fetcher(question) {
  const answer = await post(question);
  const told = await answer.json();
  if (answer.status === 401) {
    forget();
    askForToken(page, words, told.detail);
  }
  return told;
}

if (token()) {
  const defaultQuery = await (await file("queries/example.graphql")).text();
  const { React, ReactDOM, GraphiQL } = window;
  page.hidden = false;
  offerToForget(page, words);
  ReactDOM.createRoot(page).render(
    React.createElement(GraphiQL, {
      fetcher,
      defaultQuery,
      forcedTheme: "light",
      isHeadersEditorEnabled: false, // the one header is the token's
      showPersistHeadersSettings: false,
    }),
  );
} else {
  askForToken(page, words, null);
}
