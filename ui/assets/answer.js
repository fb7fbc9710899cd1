// One turn of a conversation: the question, and the answer with its citations.

import { h } from "./dom.js";
import { day, t } from "./words.js";

export const address = (citation) =>
  `?source=${encodeURIComponent(citation.source)}&start=${citation.start}&end=${citation.end}`;

// `act` is what its buttons do: open(citation, chip), ask(question), retry, edit, copy, judge.
export function turnView(turn, { last, act }) {
  return h("article", { class: `turn ${turn.state}`, id: `turn-${turn.id}` },
    h("header", {},
      h("span", { class: "who", "aria-hidden": "true" }, t("question_mark")),
      h("h2", { class: "question" }, turn.question),
      turn.scope ? h("p", { class: "scope" }, t("within", { filters: scopeText(turn.scope) })) : null),
    h("div", { class: "answer" },
      h("span", { class: "who", "aria-hidden": "true" }, t("answer_mark")),
      h("div", { class: "body" }, ...bodyOf(turn, last, act))));
}

function bodyOf(turn, last, act) {
  if (turn.state === "running") return running(turn);
  if (turn.state === "failed") return [failed(turn, act), actions(turn, last, act)];
  if (turn.state === "stopped") {
    return [words(turn.text ?? "", [], act), h("p", { class: "note" }, t(turn.text ? "stopped_text" : "stopped")), actions(turn, last, act)];
  }
  const answer = turn.answer;
  const verdicts = { partial: t("partial"), refused: t("refused") };
  return [
    verdicts[answer.grounding] ? h("p", { class: `verdict ${answer.grounding}` }, verdicts[answer.grounding]) : null,
    words(answer.text, answer.citations, act),
    doubtful(answer.statements),
    sources(answer.citations, act),
    nearby(turn, act),
    actions(turn, last, act),
  ];
}

function running(turn) {
  const status = turn.text ? t("writing") : t(turn.status ?? "searching");
  return [
    turn.text ? h("div", { class: "words growing", lang: "zh-CN" }, turn.text) : null,
    h("p", { class: "status" }, h("span", { class: "pulse", "aria-hidden": "true" }), status),
  ];
}

function failed(turn, act) {
  return h("div", { class: "failure" }, h("p", {}, turn.error || t("error")),
    h("button", { type: "button", class: "plain", onclick: act.retry }, t("try_again")));
}

// The text, its [n] as chips where the answer has such a citation; any other [n] stays text.
export function words(text, citations, act) {
  const byMarker = new Map(citations.map((citation) => [citation.marker, citation]));
  const box = h("div", { class: "words" });
  for (const line of text.split("\n")) {
    if (!line.trim()) continue;
    const paragraph = h("p", {});
    let place = 0;
    for (const match of line.matchAll(/\[(\d{1,4})\]/g)) {
      const citation = byMarker.get(Number(match[1]));
      if (!citation) continue;
      paragraph.append(line.slice(place, match.index), chip(citation, act));
      place = match.index + match[0].length;
    }
    paragraph.append(line.slice(place));
    box.append(paragraph);
  }
  return box;
}

function chip(citation, act) {
  const label = t("citation", { marker: citation.marker, title: citation.title });
  return link(citation, act, { class: "chip", "aria-label": label, title: `《${citation.title}》` }, String(citation.marker));
}

// A link with an address of its own, so that it can be opened in another window or sent to others.
function link(citation, act, attributes, ...children) {
  const element = h("a", { href: address(citation), ...attributes }, ...children);
  element.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    act.open(citation, element);
  });
  return element;
}

const FAULTS = [["number ", "fault_number"], ["date ", "fault_date"], ["name ", "fault_name"], ["no citation", "fault_none"]];

function reason(fault) {
  const known = FAULTS.find(([start]) => fault.startsWith(start));
  return known ? t(known[1], { what: fault.slice(known[0].length) }) : t("fault_other", { what: fault });
}

function doubtful(statements) {
  const failing = statements.filter((statement) => statement.faults.length);
  if (!failing.length) return null;
  return h("section", { class: "doubtful" }, h("h3", {}, t("doubtful")),
    h("ul", {}, failing.map((statement) =>
      h("li", {}, h("s", {}, statement.text), h("span", { class: "reason" }, statement.faults.map(reason).join("; "))))));
}

function sources(citations, act) {
  if (!citations.length) return null;
  return h("ol", { class: "sources", "aria-label": t("sources_of") }, citations.map((citation) =>
    h("li", { value: citation.marker },
      link(citation, act, { class: "source", title: citation.quote, "aria-label": t("citation", { marker: citation.marker, title: citation.title }) },
        h("span", { class: "number", "aria-hidden": "true" }, String(citation.marker)),
        h("span", { class: "title", lang: "zh-CN" }, citation.title || t("untitled")),
        h("span", { class: "when" }, [citation.publication, issued(citation), citation.page && t("page_number", { page: citation.page })].filter(Boolean).join(" · "))))));
}

export function issued(source) {
  if (!source.published) return t("undated");
  return day(source.published) + (source.inferred ? ` (${t("inferred")})` : "");
}

function nearby(turn, act) {
  if (!turn.near?.length) return null;
  return h("section", { class: "near" }, h("h3", {}, t("near")),
    h("ul", {}, turn.near.map((question) =>
      h("li", {}, h("button", { type: "button", onclick: () => act.ask(question) }, question)))));
}

function actions(turn, last, act) {
  const answer = turn.answer;
  const button = (key, run, extra = {}) => h("button", { type: "button", class: "plain", onclick: run, ...extra }, t(key));
  return h("footer", { class: "actions" },
    answer ? h("span", { class: "facts" }, facts(answer)) : null,
    answer ? button("copy", act.copy) : null,
    last ? button("retry", act.retry) : null,
    last ? button("edit", act.edit) : null,
    answer && answer.grounding !== "chat" ? judgement(turn, act) : null);
}

function facts(answer) {
  const written = answer.mode === "model" ? answer.model : t("by_extract");
  const seconds = answer.timings?.total;
  return [
    answer.grounding === "chat" || answer.grounding === "refused" ? null : written,
    answer.citations.length ? t("citations_count", { count: answer.citations.length }) : null,
    seconds ? t("seconds", { seconds: seconds.toFixed(seconds < 1 ? 2 : 1) }) : null,
  ].filter(Boolean).join(" · ");
}

function judgement(turn, act) {
  if (turn.verdict) return h("span", { class: "judged" }, t(`feedback_${turn.verdict}`));
  const box = h("span", { class: "judge" });
  const form = (verdict) => {
    const input = h("input", { type: "text", maxlength: 500, placeholder: t("feedback_word"), "aria-label": t("feedback_word") });
    box.replaceChildren(h("form", { onsubmit: (event) => { event.preventDefault(); act.judge(verdict, input.value); } },
      h("strong", {}, t(verdict)), input,
      h("button", { type: "submit" }, t("feedback_send")),
      h("button", { type: "button", class: "plain", onclick: start }, t("cancel"))));
    input.focus();
  };
  const start = () => box.replaceChildren(...["right", "wrong"].map((verdict) =>
    h("button", { type: "button", class: "plain", onclick: () => form(verdict) }, t(verdict))));
  start();
  return box;
}

// The filters of a question in words: days, newspaper, column.
export function scopeText(scope) {
  return scopeParts(scope).map(([, text]) => text).join(" · ");
}

export function scopeParts({ since, until, publication, column }) {
  const parts = [];
  if (since && until) parts.push(["days", t("days", { since: day(since), until: day(until) })]);
  else if (since) parts.push(["days", t("from_day", { day: day(since) })]);
  else if (until) parts.push(["days", t("to_day", { day: day(until) })]);
  if (publication) parts.push(["publication", publication]);
  if (column) parts.push(["column", column]);
  return parts;
}
