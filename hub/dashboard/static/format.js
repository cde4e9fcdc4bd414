// Numbers and moments in words, the same way in both languages' own forms. Decimals come as text and stay exact.

export class Format {
  constructor(language) {
    this.language = language;
    this.grouped = new Intl.NumberFormat(language, { maximumFractionDigits: 2 });
    this.ago = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  }

  whole(value) {
    return this.grouped.format(value);
  }

  // A large number in four digits: 万 and 亿 in Chinese, k, M and G in English.
  short(value) {
    const number = Number(value);
    const steps = this.language.startsWith("zh") ? [[1e8, "亿"], [1e4, "万"]] : [[1e9, "G"], [1e6, "M"], [1e3, "k"]];
    const [size, sign] = steps.find(([step]) => Math.abs(number) >= step) ?? [1, ""];
    const digits = new Intl.NumberFormat(this.language, { maximumSignificantDigits: 4 });
    return [digits.format(number / size), sign];
  }

  // Rounded down, so that 99.96 % is not 100 %.
  percent(part, whole) {
    if (!whole) return null;
    return `${(Math.floor((part / whole) * 1000 + 1e-9) / 10).toFixed(1)}%`;
  }

  // The hub writes moments in Beijing time.
  moment(text) {
    return text.slice(0, 16).replace("T", " ");
  }

  since(text, now) {
    const seconds = (Date.parse(text) - Date.parse(now)) / 1000;
    const units = [["day", 86400], ["hour", 3600], ["minute", 60]];
    const [unit, size] = units.find(([, step]) => Math.abs(seconds) >= step) ?? ["minute", 60];
    return this.ago.format(Math.round(seconds / size), unit);
  }
}

export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}
