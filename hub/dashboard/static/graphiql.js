// GraphiQL, asking as whoever is signed in.

import { file, post } from "./ask.js";
import { person, toLogin } from "./person.js";

const page = document.getElementById("graphiql");

async function fetcher(question) {
  const answer = await post(question);
  const told = await answer.json();
  if (answer.status === 401) toLogin();
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
  const { React, ReactDOM, GraphiQL } = window;
  page.hidden = false;
  ReactDOM.createRoot(page).render(
    React.createElement(GraphiQL, {
      fetcher,
      defaultQuery,
      schema: known,
      forcedTheme: "light",
      isHeadersEditorEnabled: false, // there is none to add
      showPersistHeadersSettings: false,
    }),
  );
}

if (await person()) await workbench();
