// The charts' figures as tables, for whoever reads rather than looks.

import { table } from "./elements.js";
import { crossed, distinct } from "./rows.js";

export class Tables {
  constructor(words, format) {
    this.words = words;
    this.format = format;
    this.nameOf = (row) => (format.language.startsWith("zh") ? row.name : row.english);
  }

  #share(part, whole) {
    return this.format.percent(part, whole) ?? this.words.none;
  }

  tiles(rows) {
    const { words, format } = this;
    const columns = [
      { title: words.progress.province, of: this.nameOf },
      { title: words.progress.due, of: (row) => format.whole(row.unitsDue), number: true },
      { title: words.progress.connected, of: (row) => format.whole(row.connected), number: true },
      { title: words.progress.share, of: (row) => this.#share(row.connected, row.unitsDue), number: true },
    ];
    return table(words.tiles.title, columns, rows);
  }

  progress(rows, total) {
    const { words, format } = this;
    const said = words.progress;
    const stage = (name) => words.STAGE[name] ?? words.none;
    const columns = [
      { title: said.province, of: this.nameOf },
      { title: said.mode, of: (row) => words.MODE[row.mode] ?? words.none },
      { title: said.stage, of: (row) => stage(row.stage) },
      { title: said.next, of: (row) => (row.nextStage ? `${stage(row.nextStage)} ${row.nextPlanned}` : words.none) },
      { title: said.late, of: (row) => row.overdueStages.map(stage).join(" · ") || words.none },
      { title: said.due, of: (row) => format.whole(row.unitsDue), number: true },
      { title: said.connected, of: (row) => format.whole(row.connected), number: true },
      { title: said.overdue, of: (row) => format.whole(row.overdue), number: true },
      { title: said.share, of: (row) => this.#share(row.connected, row.unitsDue), number: true },
      { title: said.report, of: (row) => words.REPORT[row.report] ?? words.none },
    ];
    const counts = [total.unitsDue, total.connected, total.overdue].map((count) => format.whole(count));
    const last = [said.total, "", "", "", "", ...counts, this.#share(total.connected, total.unitsDue)];
    return table(said.title, columns, rows, last);
  }

  completeness(rows, total) {
    const { words } = this;
    const cells = crossed(rows, "province", "day");
    const first = new Map(rows.map((row) => [row.province, row]));
    const rate = (cell) => (cell ? this.#share(cell.received, cell.due) : words.none);
    const days = distinct(rows, "day").map((day) => ({
      title: day.slice(5),
      of: (province) => rate(cells.get(province).get(day)),
      number: true,
    }));
    const columns = [{ title: words.completeness.province, of: (code) => this.nameOf(first.get(code)) }, ...days];
    const whole = `${words.completeness.title} (${this.#share(total.received, total.due)})`;
    return table(whole, columns, [...cells.keys()]);
  }

  energy(rows) {
    const { words, format } = this;
    const cells = crossed(rows, "month", "kind");
    const present = new Set(rows.map((row) => row.kind));
    const kinds = Object.keys(words.KIND).filter((kind) => present.has(kind));
    const tce = (month, kind) => cells.get(month).get(kind)?.tce ?? null;
    const columns = kinds.map((kind) => ({
      title: words.KIND[kind],
      of: (month) => (tce(month, kind) === null ? words.none : format.whole(tce(month, kind))),
      number: true,
    }));
    const caption = `${words.energy.title} · ${words.energy.tce}`;
    return table(caption, [{ title: words.energy.month, of: (month) => month }, ...columns], [...cells.keys()].sort());
  }
}
