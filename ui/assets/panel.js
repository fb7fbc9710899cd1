// The source panel: the article or the raw page with the cited characters lit. Beside the answer
// on a wide screen; over it, as a dialog, on a narrow one.

import { address, issued } from "./answer.js";
import { call } from "./api.js";
import { byId, copy, h, icon, toast } from "./dom.js";
import { current, onLanguage, t } from "./words.js";

const narrow = matchMedia("(max-width: 1023px)");
let shown = null; // {citation, view, raw}
let opener = null;

export function start() {
  onLanguage(() => { if (shown) draw(); });
  narrow.addEventListener("change", () => { if (shown) setModal(); });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && shown && !byId("dialog").open) close();
  });
  window.addEventListener("popstate", () => {
    const place = placeIn(location.search);
    if (place) load(place);
    else if (shown) hide();
  });
  const place = placeIn(location.search);
  if (place) load(place);
}

function placeIn(search) {
  const given = new URLSearchParams(search);
  const source = given.get("source");
  return source ? { source, start: Number(given.get("start")) || 0, end: Number(given.get("end")) || 0 } : null;
}

export function open(citation, from) {
  opener?.classList.remove("open");
  opener = from;
  opener.classList.add("open");
  const entry = [{ panel: true }, "", address(citation) + location.hash];
  if (shown) history.replaceState(...entry);
  else history.pushState(...entry);
  load(citation);
}

// The way back of the browser closes it, too; here it is gone back for the reader.
export function close() {
  if (history.state?.panel) history.back();
  else {
    history.replaceState(null, "", location.pathname + location.hash);
    hide();
  }
}

function hide() {
  shown = null;
  byId("panel").hidden = true;
  byId("wenbao").classList.remove("with-panel");
  setModal();
  opener?.classList.remove("open");
  const back = opener?.isConnected ? opener : byId("ask");
  back.focus({ preventScroll: true });
}

async function load(citation) {
  const mine = { citation, view: null, raw: false };
  shown = mine;
  const panel = byId("panel");
  panel.hidden = false;
  byId("wenbao").classList.add("with-panel");
  setModal();
  draw();
  panel.focus({ preventScroll: true });
  try {
    mine.view = await call("page", citation.source, citation.start, citation.end);
    mine.raw = !mine.view.article;
  } catch (error) {
    mine.failure = error.message;
  }
  if (shown === mine) draw();
}

// On a narrow screen nothing behind the panel can be reached.
function setModal() {
  const modal = Boolean(shown) && narrow.matches;
  const panel = byId("panel");
  if (modal) { panel.setAttribute("role", "dialog"); panel.setAttribute("aria-modal", "true"); }
  else { panel.removeAttribute("role"); panel.removeAttribute("aria-modal"); }
  for (const element of document.querySelectorAll("#wenbao > .masthead, #sidebar, #content")) element.inert = modal;
}

function draw() {
  const { view, failure, raw } = shown;
  const bar = h("div", { class: "bar" },
    view?.article ? h("div", { class: "switch", role: "group", "aria-label": t("views") }, choice("article_view", false, raw), choice("raw_view", true, raw)) : h("span", {}),
    view ? h("button", { type: "button", class: "plain", onclick: copyLink }, t("copy_link")) : null,
    h("button", { type: "button", class: "icon", id: "panel-close", "aria-label": t("close"), title: `${t("close")} (Esc)`, onclick: close }, icon("close")));
  const heads = view ? heading(view) : h("header", {}, h("h2", { id: "panel-title" }, failure ?? t("panel_loading")));
  const parts = view ? (raw ? rawText(view) : text(view)) : [];
  byId("panel").replaceChildren(bar, heads, h("div", { class: "sheet", tabindex: "0", "aria-labelledby": "panel-title" }, ...parts));
  const mark = byId("panel").querySelector("mark");
  // The sheet alone scrolls, never the page behind it.
  const sheet = byId("panel").querySelector(".sheet");
  if (mark) sheet.scrollTop = mark.getBoundingClientRect().top - sheet.getBoundingClientRect().top + sheet.scrollTop - sheet.clientHeight / 3;
}

function choice(key, wanted, raw) {
  return h("button", { type: "button", "aria-pressed": String(raw === wanted), onclick: () => { shown.raw = wanted; draw(); byId("panel").querySelector("[aria-pressed=true]").focus(); } }, t(key));
}

async function copyLink() {
  await copy(new URL(address(shown.citation), location.origin + location.pathname).href);
  toast(t("link_copied"));
}

function heading(view) {
  const article = view.article;
  const line = [view.publication, issued(view), view.page && t("page_number", { page: view.page })].filter(Boolean).join(" · ");
  const own = { lang: current() === "en" ? "en" : null };
  return h("header", { lang: "zh-CN" },
    article?.column ? h("p", { class: "column" }, ...article.column.map(run)) : null,
    h("h2", { id: "panel-title" }, ...(article ? article.title ?? [{ text: t("untitled") }] : [{ text: view.id }]).map(run)),
    article?.subtitle ? h("p", { class: "subtitle" }, ...article.subtitle.map(run)) : null,
    h("p", { class: "issued" }, ...(article?.byline ?? []).map(run), article?.byline ? " · " : "", h("span", own, line)),
    h("p", { class: "file", ...own }, `${view.id} · ${t("characters_at", { start: String(view.start), end: String(view.end) })}`));
}

const note = (...parts) => h("p", { class: "note" }, parts.filter(Boolean).join(" · "));

function text(view) {
  return [
    h("div", { class: "text", lang: "zh-CN" }, ...view.paragraphs.map((paragraph) => h(paragraph.heading ? "h3" : "p", {}, ...paragraph.runs.map(run)))),
    note(t("article_hint"), view.cut && t("cut")),
  ];
}

function rawText(view) {
  return [
    note(view.article ? t("raw_hint") : t("no_article"), view.raw_cut && t("cut")),
    h("pre", { class: "raw", lang: "zh-CN" }, ...view.raw.map(run)),
  ];
}

function run({ text, mark, date }) {
  const inner = date ? explained(text, date) : text;
  return mark ? h("mark", {}, inner) : inner;
}

// What a relative date means: on hovering, on focus, and for a screen reader.
function explained(text, date) {
  const meaning = t(`means_${date.sure}`, { date: current() === "en" ? date.iso.replace("/", " to ") : date.zh });
  return h("abbr", { tabindex: "0", "data-meaning": meaning, "aria-label": `${text}（${meaning}）` }, text);
}
