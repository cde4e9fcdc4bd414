// Elements and tables out of plain values; text is always text.

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// `columns` are {title, of(row), number?}; the first column heads its row. `last` is a row of sums.
export function table(caption, columns, rows, last) {
  const head = make("tr", {}, ...columns.map((column) => cell("th", column, column.title, { scope: "col" })));
  const body = rows.map((row) => line(columns, (column) => column.of(row)));
  const parts = [make("caption", {}, caption), make("thead", {}, head), make("tbody", {}, ...body)];
  if (last) parts.push(make("tfoot", {}, line(columns, (_, place) => last[place] ?? "")));
  return make("table", {}, ...parts);
}

function line(columns, textOf) {
  const cells = columns.map((column, place) => {
    const text = textOf(column, place);
    return place === 0 ? cell("th", column, text, { scope: "row" }) : cell("td", column, text, {});
  });
  return make("tr", {}, ...cells);
}

function cell(tag, column, text, attributes) {
  return make(tag, column.number ? { ...attributes, class: "number" } : attributes, String(text));
}
