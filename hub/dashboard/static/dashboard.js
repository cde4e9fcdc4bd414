// The dashboard: three questions to GraphQL, four cards and six figures out of the answers.

import { ask, Fault, file, Refused } from "./ask.js";
import { Card, draw, follow } from "./card.js";
import { make } from "./elements.js";
import { fill, Format } from "./format.js";
import { person, toLogin } from "./person.js";
import { completenessRows, distinct, hasPlan, provinceRows } from "./rows.js";
import { Tables } from "./tables.js";

const TILE_PIXELS_MAX = 76; // a tile need not be larger than a thumb
const LEGEND_PIXELS = 76; // two lines of legend below the tiles
const NARROW_PIXELS = 480; // below it names stand above the bars
const FEW_PROVINCES = 14; // so short a chart leaves room below it for another

const page = document.getElementById("dashboard");
const { lang, now, quarter } = document.documentElement.dataset;
const words = await (await file(`words/${lang}.json`)).json();
const format = new Format(document.documentElement.lang);
const tables = new Tables(words, format);
const cards = Object.fromEntries(
  ["tiles", "progress", "completeness", "energy"].map((name) => [name, new Card(name, words)]),
);
const drawing = Promise.all([
  file(`charts.${lang}.json`).then((answer) => answer.json()),
  import(new URL(page.dataset.vega, document.baseURI)),
]);
drawing.catch(() => {}); // each card says so where its chart would be

let overviewAsked = null; // two cards wait for one answer

history.replaceState(history.state, "", `?quarter=${quarter}&lang=${lang}`); // the whole address can be sent to a colleague
if (await person()) {
  page.hidden = false;
  await Promise.all([showOverview(), showCompleteness(), showEnergy()]);
}

// ---- questions ------------------------------------------------------------------------------------------

function overview() {
  overviewAsked ??= ask("overview", { quarter });
  return overviewAsked;
}

// Runs `show`; where nobody is signed in any longer the page is left, anything else is said on every card that wanted the answer.
async function guarded(names, figures, show, again) {
  for (const name of names) cards[name].begin();
  try {
    await show();
  } catch (fault) {
    if (fault instanceof Refused) {
      toLogin();
      return;
    }
    if (!(fault instanceof Fault)) throw fault;
    const answer = fill(words.fault.answer, { status: fault.status, reason: fault.message });
    for (const name of names) cards[name].fail(fault.status ? answer : words.fault.network, again);
    for (const name of figures) figure(name, words.none, "", "");
  }
}

function showOverview() {
  const again = () => {
    overviewAsked = null;
    showOverview();
    showCompleteness();
  };
  return guarded(["tiles", "progress"], ["connected", "overdue", "platforms", "reports"], async () => {
    const answer = await overview();
    const rows = provinceRows(answer);
    showFreshness(answer.nation.latestBatch);
    showCounts(answer, rows.length);
    await Promise.all([showTiles(rows), showProgress(rows.filter(hasPlan), answer.constructionProgress)]);
  }, again);
}

async function showTiles(rows) {
  const placed = rows.filter((row) => row.tileColumn !== null && row.tileRow !== null);
  if (placed.length === 0) return cards.tiles.empty(words.tiles.empty);
  const sizeOf = sizeOfTiles(placed);
  await cards.tiles.show(tables.tiles(rows), async (element) => {
    follow(element, await drawn(element, "tiles", placed, sizeOf(element)), sizeOf);
  });
}

function sizeOfTiles(rows) {
  const [across, down] = ["tileColumn", "tileRow"].map((name) => new Set(rows.map((row) => row[name])).size);
  return (element) => {
    const room = element.parentElement.clientWidth - 2 * parseFloat(getComputedStyle(element.parentElement).paddingLeft);
    const tile = Math.min(TILE_PIXELS_MAX, Math.floor(room / across));
    return { width: Math.max(tile * across, Math.min(room, 260)), height: tile * down + LEGEND_PIXELS };
  };
}

async function showProgress(rows, total) {
  if (rows.length === 0) {
    page.classList.add("few");
    return cards.progress.empty(words.progress.empty);
  }
  page.classList.toggle("few", rows.length <= FEW_PROVINCES);
  await cards.progress.show(tables.progress(rows, total), (element) =>
    drawn(element, element.clientWidth < NARROW_PIXELS ? "progressNarrow" : "progress", rows, { down: rows.length }));
}

function showCompleteness() {
  const { first, last, begun } = page.dataset;
  if (!first) {
    figure("completeness", words.none, "", words.figures.completenessNothing);
    return cards.completeness.empty(begun === "true" ? words.completeness.early : words.completeness.ahead);
  }
  return guarded(["completeness"], ["completeness"], async () => {
    const [answer, { provinces }] = await Promise.all([ask("completeness", { from: first, to: last }), overview()]);
    const total = answer.completeness;
    const rate = format.percent(total.received, total.due);
    const note = rate ? fill(words.figures.completenessNote, { from: first.slice(5), to: last.slice(5) }) : words.figures.completenessNothing;
    figure("completeness", rate ?? words.none, "", note);
    const rows = completenessRows(answer, provinces.nodes);
    if (rows.length === 0) return cards.completeness.empty(words.completeness.empty);
    const down = distinct(rows, "province").length;
    await cards.completeness.show(tables.completeness(rows, total), (element) =>
      drawn(element, "completeness", rows, { down }));
  }, showCompleteness);
}

function showEnergy() {
  const { monthsFirst, monthsLast } = page.dataset;
  return guarded(["energy"], ["energy"], async () => {
    const answer = await ask("energy", { from: monthsFirst, to: monthsLast, quarter });
    const [value, sign] = format.short(answer.quarter.totalTce);
    figure("energy", answer.quarter.readings ? value : words.none, answer.quarter.readings ? `${sign} tce` : "", words.figures.energyNote);
    const { rows, withoutCoefficient } = answer.months;
    cards.energy.remark(withoutCoefficient ? fill(words.energy.without, { n: format.whole(withoutCoefficient) }) : "");
    if (!rows.some((row) => row.tce !== null)) return cards.energy.empty(words.energy.empty);
    await cards.energy.show(tables.energy(rows), (element) => drawn(element, "energy", rows));
  }, showEnergy);
}

async function drawn(element, name, rows, size) {
  const [charts] = await drawing;
  return draw(element, charts[name], rows, size);
}

// ---- figures --------------------------------------------------------------------------------------------

function figure(name, value, measure, note) {
  const place = document.querySelector(`[data-figure="${name}"]`);
  const shown = make("span", { class: "value" }, value);
  if (measure) shown.append(make("small", {}, measure));
  place.querySelector("dd").replaceChildren(shown, make("span", { class: "note" }, note));
  place.setAttribute("aria-busy", "false");
}

function showCounts(answer, provinces) {
  const said = words.figures;
  const progress = answer.constructionProgress;
  const due = format.whole(progress.unitsDue);
  const sent = answer.quarterlyReports.nodes.filter((report) => ["ON_TIME", "LATE"].includes(report.punctuality));
  const share = format.percent(progress.overdue, progress.unitsDue) ?? words.none;
  const units = format.whole(answer.nation.unitsTotal);
  figure("connected", format.whole(progress.connected), said.unitsMeasure, fill(said.connectedNote, { due, units }));
  figure("overdue", format.whole(progress.overdue), said.unitsMeasure, fill(said.overdueNote, { share }));
  figure("platforms", format.whole(progress.platformsOverdue), said.provincesMeasure, fill(said.platformsNote, { provinces }));
  const reports = answer.quarterlyReports.nodes;
  const note = fill(said.reportsNote, { provinces: reports.length, due: reports[0]?.due ?? words.none });
  figure("reports", format.whole(sent.length), said.reportsMeasure, note);
}

function showFreshness(batch) {
  const text = batch
    ? fill(words.freshness, {
        batch: batch.id,
        source: batch.source,
        moment: format.moment(batch.receivedAt),
        ago: format.since(batch.receivedAt, now),
        rows: format.whole(batch.rows),
      })
    : words.asOfNothing;
  document.getElementById("freshness").replaceChildren(text);
}
