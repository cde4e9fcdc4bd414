// A card of the dashboard: skeleton first, then a chart with its table, or a sentence that says what to do.

import { make } from "./elements.js";

const OPTIONS = {
  ast: true, // expressions are interpreted: the policy forbids making code out of text
  actions: false,
  defaultStyle: false, // the style sheet is ours
  renderer: "svg",
  tooltip: { disableDefaultStyle: true, theme: "ours" },
};

export class Card {
  constructor(name, words) {
    this.element = document.querySelector(`[data-card="${name}"]`);
    this.words = words;
    this.button = this.element.querySelector("header button");
    this.button.addEventListener("click", () => this.#toggle());
  }

  #part(name) {
    return this.element.querySelector(`.${name}`);
  }

  #toggle() {
    const place = this.#part("table");
    place.hidden = !place.hidden;
    this.button.setAttribute("aria-expanded", String(!place.hidden));
    this.button.textContent = place.hidden ? this.words.showTable : this.words.showChart;
  }

  #settle(message) {
    const place = this.#part("message");
    place.replaceChildren(...message);
    place.hidden = message.length === 0;
    this.element.setAttribute("aria-busy", "false");
  }

  begin() {
    this.#settle([]);
    this.element.setAttribute("aria-busy", "true");
    this.#part("chart").hidden = false;
  }

  // `draw` puts the chart into the element it is given; the table is there at once, whatever becomes of the chart.
  async show(table, draw) {
    this.#settle([]);
    this.#part("table").replaceChildren(table);
    this.button.hidden = false;
    const chart = this.#part("chart");
    try {
      chart.replaceChildren();
      await draw(chart);
      chart.classList.remove("skeleton");
      chart.removeAttribute("role");
    } catch (fault) {
      chart.hidden = true;
      this.#settle([make("p", {}, this.words.fault.chart)]);
      console.error(fault);
    }
  }

  remark(text) {
    const place = this.#part("remark");
    place.textContent = text;
    place.hidden = !text;
  }

  empty(text) {
    this.#settle([make("p", {}, text)]);
    this.#part("chart").hidden = true;
  }

  fail(text, again) {
    const button = make("button", { type: "button", class: "quiet-button" }, this.words.retry);
    button.addEventListener("click", again);
    this.#settle([make("p", {}, make("strong", {}, this.words.fault.title)), make("p", {}, text), button]);
    this.#part("message").setAttribute("role", "alert");
    this.#part("chart").hidden = true;
  }
}

// Draws a specification over rows; `size` may set width and height in pixels. As many rows as `down` make the height
// where the specification gives a step: said as a number, because Vega-Lite warns of a step on a chart as wide as its place.
export async function draw(element, specification, rows, { down, ...size } = {}) {
  if (down) size.height = down * specification.height.step;
  const { view } = await window.vegaEmbed(element, { ...specification, ...size, datasets: { rows } }, OPTIONS);
  return view;
}

// Keeps a chart at the size its place asks for.
export function follow(element, view, sizeOf) {
  new ResizeObserver(() => {
    const { width, height } = sizeOf(element);
    if (width !== view.width() || height !== view.height()) view.width(width).height(height).runAsync();
  }).observe(element.parentElement);
}
