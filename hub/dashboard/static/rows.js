// From answers to rows of charts and tables: what belongs together is put beside each other, nothing is computed.

// Provinces within reach in order of code, with names, tile, progress and report.
export function provinceRows(overview) {
  const named = new Map(overview.provinces.nodes.map((province) => [province.code, province]));
  const reports = new Map(overview.quarterlyReports.nodes.map((report) => [report.province, report]));
  return overview.constructionProgress.provinces
    .filter((row) => named.has(row.province))
    .map((row) => ({ ...named.get(row.province), ...row, report: reports.get(row.province)?.punctuality ?? null }));
}

// Whether a province has anything to show in a chart of progress.
export function hasPlan(row) {
  return Boolean(row.mode || row.stage || row.unitsDue || row.connected);
}

// Cells of the calendar with the province's names, in order of province and day.
export function completenessRows(answer, provinces) {
  const named = new Map(provinces.map((province) => [province.code, province]));
  return answer.completeness.rows
    .filter((row) => row.due > 0)
    .map((row) => {
      const { name, english } = named.get(row.province) ?? { name: row.province, english: row.province };
      return { ...row, name, english };
    })
    .sort((one, other) => one.province.localeCompare(other.province) || one.day.localeCompare(other.day));
}

// The values of `column` in order, once each.
export function distinct(rows, column) {
  return [...new Set(rows.map((row) => row[column]))].sort();
}

// Rows by the values of two columns.
export function crossed(rows, down, across) {
  const found = new Map();
  for (const row of rows) {
    if (!found.has(row[down])) found.set(row[down], new Map());
    found.get(row[down]).set(row[across], row);
  }
  return found;
}
