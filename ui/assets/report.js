// The last evaluation report: its figures as tables, and the report itself in a frame that may run
// nothing.

import { call } from "./api.js";
import { byId, h } from "./dom.js";
import { current, onLanguage, t } from "./words.js";

const MOST_ROWS = 60;
let report = null;

export function start() {
  onLanguage(() => { if (report) draw(); });
}

export async function show() {
  byId("view-report").replaceChildren(h("p", { class: "status" }, t("loading")));
  try {
    report = await call("report");
  } catch (error) {
    byId("view-report").replaceChildren(h("p", { class: "failure", role: "alert" }, error.message));
    return;
  }
  draw();
}

function draw() {
  const head = h("header", { class: "title" }, h("h1", {}, t("report_title")), h("p", { class: "lede" }, t("report_lede")));
  byId("view-report").replaceChildren(h("div", { class: "sheetlike" }, head, ...(report.found ? contents() : [
    h("div", { class: "empty" }, h("h2", {}, t("report_none")), h("p", {}, t("report_none_text")))])));
}

function contents() {
  const when = new Date(report.written).toLocaleString(current() === "en" ? "en" : "zh-CN");
  return [
    h("p", { class: "quiet" }, t("report_written", { when })),
    ...tables(t("report_general"), report.figures, 0),
    report.html ? h("details", { open: true }, h("summary", {}, t("report_full")), h("iframe", { sandbox: "", srcdoc: report.html, title: t("report_full") })) : null,
  ].filter(Boolean);
}

const isPlain = (value) => value === null || ["number", "string", "boolean"].includes(typeof value);
const isRecord = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

// One table for the plain values of a record, one for each record or list of records in it.
function tables(title, record, depth) {
  const plain = Object.entries(record).filter(([, value]) => isPlain(value) && String(value).length < 200);
  const made = plain.length ? [table(title, [t("figure"), t("value")], plain.map(([name, value]) => [name, value]))] : [];
  if (depth > 2) return made;
  for (const [name, value] of Object.entries(record)) {
    if (isRecord(value)) made.push(...inner(name, value, depth));
    else if (Array.isArray(value) && value.length && value.length <= MOST_ROWS && value.every(isRecord)) made.push(rows(name, value));
  }
  return made;
}

// A record of records with the same names is one table with a line for each.
function inner(name, record, depth) {
  const values = Object.values(record);
  if (values.length && values.length <= MOST_ROWS && values.every(isRecord) && values.every((value) => Object.values(value).some(isPlain))) {
    return [rows(name, Object.entries(record).map(([key, value]) => ({ [t("figure")]: key, ...value })))];
  }
  return tables(name, record, depth + 1);
}

function rows(title, records) {
  const columns = [...new Set(records.flatMap((record) => Object.entries(record).filter(([, value]) => isPlain(value)).map(([name]) => name)))].slice(0, 8);
  return table(title, columns, records.map((record) => columns.map((column) => record[column])));
}

function table(title, columns, lines) {
  return h("figure", { class: "figures" }, h("figcaption", {}, title), h("div", { class: "scroll", tabindex: "0" }, h("table", {},
    h("thead", {}, h("tr", {}, columns.map((column) => h("th", { scope: "col" }, column)))),
    h("tbody", {}, lines.map((line) => h("tr", {}, line.map((value, n) => n ? h("td", { class: typeof value === "number" ? "number" : null }, shown(value)) : h("th", { scope: "row" }, shown(value)))))))));
}

function shown(value) {
  if (value === null || value === undefined) return "–";
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : value.toFixed(3);
  return String(value).slice(0, 200);
}
