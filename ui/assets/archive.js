// The archive: what is indexed, a search through it, and, for whoever may, changing it.

import { issued } from "./answer.js";
import { call, events, upload } from "./api.js";
import { byId, confirmed, h, toast } from "./dom.js";
import * as panel from "./panel.js";
import { bytes, count, onLanguage, t } from "./words.js";

const STEP = 50; // rows shown at once
let about;
let changed = () => {};
let sources = null;
let found = null; // hits of a search, or null
let most = STEP;
let narrowed = "";
let progress = null; // what is being done, in words
let outcome = null; // the last report

export function start(given, onChange) {
  about = given;
  changed = onChange;
  onLanguage(() => { if (sources) draw(); });
}

export async function show() {
  if (!sources) byId("view-archive").replaceChildren(h("p", { class: "status" }, t("loading")));
  try {
    sources = await call("sources");
  } catch (error) {
    byId("view-archive").replaceChildren(h("p", { class: "failure", role: "alert" }, error.message));
    return;
  }
  draw();
}

function draw() {
  const characters = sources.reduce((sum, source) => sum + source.characters, 0);
  const articles = sources.reduce((sum, source) => sum + source.articles, 0);
  byId("view-archive").replaceChildren(h("div", { class: "sheetlike" },
    h("header", { class: "title" }, h("h1", {}, t("archive_title")), h("p", { class: "lede" }, t("archive_lede")),
      h("p", { class: "quiet" }, `${t("holdings", { pages: sources.length, articles: articles })} · ${t("characters", { count: characters })}`)),
    searchForm(), h("div", { class: "shelves" }, found ? results() : list(), changing())));
}

// --- search ---

function searchForm() {
  const input = h("input", { type: "search", id: "archive-query", maxlength: about.most_characters, placeholder: t("search_archive"), "aria-label": t("search_archive") });
  input.value = found?.query ?? "";
  return h("form", { class: "search", role: "search", onsubmit: (event) => { event.preventDefault(); search(input.value.trim()); } },
    input, h("button", { type: "submit" }, t("search")));
}

async function search(query) {
  if (!query) { found = null; return draw(); }
  try {
    found = { query, hits: await call("search", query, 30, null, null, null, null) };
  } catch (error) {
    return toast(error.message);
  }
  draw();
  byId("archive-query").focus();
}

function results() {
  return h("section", { class: "results" },
    h("p", { class: "quiet", role: "status" }, found.hits.length ? t("results", { count: found.hits.length }) : t("no_results"), " ",
      h("button", { type: "button", class: "plain", onclick: () => { found = null; draw(); } }, t("back_to_list"))),
    h("ol", {}, found.hits.map((hit) => h("li", {},
      h("button", { type: "button", class: "hit", onclick: (event) => panel.open(hit, event.currentTarget) },
        h("span", { class: "title", lang: "zh-CN" }, hit.title || t("untitled")),
        h("span", { class: "column" }, [hit.column, hit.source].filter(Boolean).join(" · ")),
        h("span", { class: "excerpt", lang: "zh-CN" }, hit.text.slice(0, 160)))))));
}

// --- the list ---

function list() {
  const rows = sources.filter((source) => matches(source, narrowed)).sort(newestFirst);
  const input = h("input", { type: "search", placeholder: t("filter_list"), "aria-label": t("filter_list"), oninput: (event) => {
    narrowed = event.target.value.trim().toLowerCase();
    most = STEP;
    box.replaceWith(list());
    const again = document.querySelector(".holdings input");
    again.focus();
    again.setSelectionRange(again.value.length, again.value.length);
  } });
  input.value = narrowed;
  const columns = ["col_date", "col_source", "col_articles", "col_size", ...(about.may_edit ? ["col_actions"] : [])];
  const box = h("section", { class: "holdings" },
    sources.length > 8 || narrowed ? input : null,
    rows.length ? h("table", {}, h("thead", {}, h("tr", {}, columns.map((key) => h("th", { scope: "col", class: key }, t(key))))),
      h("tbody", {}, rows.slice(0, most).flatMap(row))) : h("p", { class: "quiet" }, t(sources.length ? "none_match" : "empty_title")),
    rows.length > most ? h("button", { type: "button", class: "wide", onclick: () => { most += STEP; box.replaceWith(list()); } }, t("more", { count: Math.min(STEP, rows.length - most) })) : null);
  return box;
}

const matches = (source, words) =>
  !words || [source.id, source.publication, source.published, source.issued].some((text) => text?.toLowerCase().includes(words));

const newestFirst = (a, b) => (b.published ?? "").localeCompare(a.published ?? "") || a.id.localeCompare(b.id);

function row(source) {
  const printed = [source.publication, source.page && t("page_number", { page: source.page })].filter(Boolean).join(" ");
  const toggle = h("button", { type: "button", class: "plain", "aria-expanded": "false", onclick: () => unfold(source, line, toggle) }, t("show_articles", { count: source.articles }));
  const line = h("tr", {},
    h("td", { class: "col_date", "data-label": t("col_date") }, issued(source)),
    h("th", { scope: "row", class: "col_source" }, printed ? h("span", { class: "name" }, printed) : null, h("span", { class: printed ? "file" : "name" }, source.id)),
    h("td", { class: "col_articles", "data-label": t("col_articles") }, toggle),
    h("td", { class: "col_size", "data-label": t("col_size") }, count(source.characters)),
    about.may_edit ? h("td", { class: "col_actions" }, h("button", { type: "button", class: "plain", "aria-label": `${t("remove")}: ${source.id}`, onclick: () => remove(source) }, t("remove"))) : null);
  return [line];
}

async function unfold(source, line, toggle) {
  if (toggle.getAttribute("aria-expanded") === "true") {
    line.nextElementSibling?.remove();
    return toggle.setAttribute("aria-expanded", "false");
  }
  toggle.setAttribute("aria-expanded", "true");
  let articles;
  try {
    articles = await call("articles", source.id);
  } catch (error) {
    return toast(error.message);
  }
  line.after(h("tr", { class: "unfolded" }, h("td", { colspan: about.may_edit ? 5 : 4 }, h("ul", {}, articles.map((article) =>
    h("li", {}, h("button", { type: "button", class: "hit", lang: "zh-CN", onclick: (event) => panel.open({ source: source.id, start: article.start, end: article.start }, event.currentTarget) },
      h("span", { class: "title" }, article.title || t("untitled")),
      h("span", { class: "column" }, [article.column, article.byline, t("characters", { count: article.characters })].filter(Boolean).join(" · ")))))))));
}

// --- changing it ---

function changing() {
  if (!about.may_edit) return h("p", { class: "note" }, t("may_not"));
  const chooser = h("input", { type: "file", id: "files", multiple: true, accept: ".txt,.md,.jsonl,.gz", class: "unseen", onchange: () => add([...chooser.files]) });
  const drop = h("div", { class: "drop" },
    h("h2", {}, t("upload")), h("p", {}, t("upload_text")), chooser,
    h("label", { class: "button", for: "files" }, t("choose")),
    h("p", { class: "quiet" }, `${t("endings")} · ${t("upload_rules", { size: bytes(about.upload_bytes), count: about.upload_files })}`));
  for (const kind of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", kind === "dragover");
      if (kind === "drop") add([...event.dataTransfer.files]);
    });
  }
  return h("section", { class: "changing" }, drop,
    h("p", { id: "progress", role: "status", class: progress ? "status" : null }, ...(progress ? [h("span", { class: "pulse", "aria-hidden": "true" }), progress] : [])),
    outcome ? reportView(outcome) : null,
    sources.length ? h("p", { class: "again" }, h("button", { type: "button", disabled: Boolean(progress), onclick: reindex }, t("reindex")), h("span", { class: "quiet" }, t("reindex_text"))) : null);
}

function reportView(report) {
  const counts = ["added", "updated", "unchanged", "failed"].filter((kind) => report[kind].length)
    .map((kind) => t(`report_${kind}`, { count: report[kind].length }));
  return h("div", { class: "outcome", role: "status" }, h("p", {}, h("strong", {}, t("done")), " ", counts.join(" · ")),
    report.failed.length ? h("ul", {}, report.failed.map(({ file, reason }) => h("li", { class: "failed" }, t("failed_file", { name: file, reason: inWords(reason) })))) : null);
}

const REASONS = [[/^not a page:/, "e_bad_file_type"], [/size limit/, "e_file_too_large"], [/was read from another folder/, "e_same_name"], [/^empty/, "e_empty_file"]];

// The reasons that come up most, in the reader's language; the others as they are.
function inWords(reason) {
  const known = REASONS.find(([pattern]) => pattern.test(reason));
  return known ? t(known[1], { size: bytes(about.upload_bytes), endings: t("endings") }) : t("e_unreadable", { detail: reason });
}

function say(text) {
  progress = text;
  draw();
}

async function add(files) {
  if (progress || !files.length) return;
  if (files.length > about.upload_files) return toast(t("e_too_many_files", { count: about.upload_files }));
  outcome = null;
  const sent = [];
  const failed = [];
  for (const file of files) {
    say(t("uploading", { name: file.name }));
    try {
      sent.push(await upload(file, about.upload_bytes));
    } catch (error) {
      failed.push({ file: file.name, reason: error.code === "file_too_large" ? "over the size limit" : error.message });
    }
  }
  await follow(sent.length ? events("ingest_stream", [sent]) : [], failed);
}

const reindex = () => { outcome = null; follow(events("reindex", []), []); };

async function follow(stream, failed) {
  let done = 0;
  let report = { added: [], updated: [], unchanged: [], removed: [], failed: [] };
  say(t("reading", { count: 0 }));
  try {
    for await (const event of stream) {
      if (event.kind === "report") report = event.report;
      else say(t("reading", { count: ++done }));
    }
  } catch (error) {
    toast(error.message);
  }
  progress = null;
  outcome = { ...report, failed: [...failed, ...report.failed] };
  await refresh();
}

async function remove(source) {
  const sure = await confirmed({ title: t("remove_title"), text: t("remove_text", { name: source.id }), yes: t("remove"), no: t("cancel") });
  if (!sure) return;
  try {
    await call("remove", [source.id]);
  } catch (error) {
    return toast(error.message);
  }
  toast(t("removed", { name: source.id }));
  await refresh();
}

async function refresh() {
  about = await changed();
  await show();
}
