// The last evaluation report: shares with their intervals first, the other figures as tables, and
// the report itself in a frame that may run nothing. What it holds is not known beforehand.

import { call } from "./api.js";
import { byId, h } from "./dom.js";
import { current, has, onLanguage, t } from "./words.js";

const MOST_ROWS = 60;
const FIRST = ["summary", "rates", "means", "slices"];
const LAST = ["manifest"]; // how the run was made: folded away
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
  const figures = Object.entries(report.figures);
  const folded = figures.filter(([name]) => LAST.includes(name));
  return [
    h("p", { class: "quiet" }, t("report_written", { when })),
    ...tables(t("report_general"), Object.fromEntries(figures.filter(([name]) => !LAST.includes(name))), 0),
    ...folded.map(([name, record]) => h("details", {}, h("summary", {}, named(name)), ...tables(named(name), record, 1))),
    report.html ? h("details", {}, h("summary", {}, t("report_full")), h("iframe", { sandbox: "", srcdoc: still(report.html), title: t("report_full") })) : null,
  ].filter(Boolean);
}

// The report without its scripts, which the frame would not run anyway.
function still(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  page.querySelectorAll("script").forEach((script) => script.remove());
  return page.documentElement.outerHTML;
}

// The name of a figure in the reader's language where there is a word for it.
function named(name) {
  if (has(`f_${name}`)) return t(`f_${name}`);
  const [, words, number] = /^(article|evidence within) (\d+)/.exec(name) ?? [];
  return words ? t(`f_${words}`, { number }) : name;
}

const isPlain = (value) => value === null || ["number", "string", "boolean"].includes(typeof value);
const isRecord = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const isShare = (value) => isRecord(value) && "value" in value && "n" in value;
const order = (name) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);

// One table for the plain values of a record, one for each record or list of records in it.
function tables(title, record, depth) {
  const entries = Object.entries(record).sort(([a], [b]) => order(a) - order(b));
  const plain = entries.filter(([, value]) => value !== null && isPlain(value) && String(value).length < 200);
  const made = plain.length ? [table(title, [t("figure"), t("value")], plain)] : [];
  if (depth > 3) return made;
  for (const [name, value] of entries) {
    if (isRecord(value)) made.push(...inner(named(name), value, depth));
    else if (Array.isArray(value) && value.length && value.length <= MOST_ROWS && value.every(isRecord)) made.push(rows(named(name), value));
  }
  return made;
}

// A record of records with the same names is one table with a line for each.
function inner(title, record, depth) {
  const values = Object.values(record);
  if (!values.length) return [];
  if (values.every(isShare)) return [shares(title, record)];
  if (values.length <= MOST_ROWS && values.every((value) => isRecord(value) && Object.values(value).some(isPlain))) {
    return [rows(title, Object.entries(record).map(([key, value]) => ({ [t("figure")]: named(key), ...value })))];
  }
  return tables(title, record, depth + 1);
}

// Shares between 0 and 1: in per cent, drawn as a bar, with the interval they lie in.
function shares(title, record) {
  const lines = Object.entries(record).filter(([, share]) => share.value !== null);
  return figure(title, [t("figure"), t("value"), "", t("interval"), t("questions_count")], lines.map(([name, share]) => [
    named(name), percent(share.value), bar(share),
    isPlain(share.low ?? null) && share.low !== undefined && share.low !== null ? `${percent(share.low)}–${percent(share.high)}` : "", String(share.n)]));
}

const percent = (value) => `${(100 * value).toFixed(1)}%`;

function bar({ value, low, high }) {
  const part = (name, from, to) => h("span", { class: name, style: `left: ${100 * from}%; width: ${100 * Math.max(0, to - from)}%` });
  return h("span", { class: "bar-of", "aria-hidden": "true" }, part("share", 0, value), ...(low === null || low === undefined ? [] : [part("interval", low, high)]));
}

function rows(title, records) {
  const columns = [...new Set(records.flatMap((record) => Object.entries(record).filter(([, value]) => isPlain(value)).map(([name]) => name)))].slice(0, 8);
  return table(title, columns, records.map((record) => columns.map((column) => record[column])));
}

const table = (title, columns, lines) => figure(title, columns.map(named), lines.map((line) => line.map(shown)));

// `lines` hold text or elements; the first cell of each names it.
function figure(title, columns, lines) {
  // Questions and quotes are the pages' own words, whatever language the page speaks.
  const lang = (value) => typeof value === "string" && /[\u4e00-\u9fff]/.test(value) ? "zh-CN" : null;
  const cell = (value, n) => n ? h("td", { lang: lang(value), class: typeof value === "string" && /^[-\d.%–]+$/.test(value) ? "number" : null }, value) : h("th", { scope: "row", lang: lang(value) }, value);
  return h("figure", { class: "figures" }, h("figcaption", {}, title), h("div", { class: "scroll", tabindex: "0" }, h("table", {},
    h("thead", {}, h("tr", {}, columns.map((column) => h("th", { scope: "col" }, column)))),
    h("tbody", {}, lines.map((line) => h("tr", {}, line.map(cell)))))));
}

function shown(value, place) {
  if (value === null || value === undefined) return "–";
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : value.toFixed(3);
  return (place === 0 ? named(String(value)) : String(value)).slice(0, 200);
}
