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

// From the text a gateway reads too, for `__schema` may be closed; without it questions can still be asked.
async function schema() {
  const told = await fetcher({ query: "{ _service { sdl } }" }).catch(() => null);
  const text = told?.data?._service?.sdl;
  return text ? window.GraphiQL.GraphQL.buildSchema(text, { assumeValid: true, assumeValidSDL: true }) : null;
}

async function workbench() {
  const defaultQuery = await (await file("queries/example.graphql")).text();
  const known = await schema();
  if (!token()) return; // nobody knew it, and the page asks for another
  const { React, ReactDOM, GraphiQL } = window;
  page.hidden = false;
  offerToForget(page, words);
  ReactDOM.createRoot(page).render(
    React.createElement(GraphiQL, {
      fetcher,
      defaultQuery,
      schema: known,
      forcedTheme: "light",
      isHeadersEditorEnabled: false, // the one header is the token's
      showPersistHeadersSettings: false,
    }),
  );
}

if (token()) await workbench();
else askForToken(page, words, null);
