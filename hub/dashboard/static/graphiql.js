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

if (token()) {
  const [defaultQuery, known] = await Promise.all([file("queries/example.graphql").then((f) => f.text()), schema()]);
  const { React, ReactDOM, GraphiQL } = window;
  page.hidden = !token(); // the first answer may have said that nobody knows it
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
} else {
  askForToken(page, words, null);
}
