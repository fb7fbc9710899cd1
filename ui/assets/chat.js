// The conversation: composing a question, the answer as it comes, what can be done with it.

import { turnView, scopeParts } from "./answer.js";
import { call, events, Failure } from "./api.js";
import { drawList } from "./conversations.js";
import { announce, byId, copy, h, randomId, toast } from "./dom.js";
import * as filters from "./filters.js";
import * as panel from "./panel.js";
import * as store from "./store.js";
import { onLanguage, t } from "./words.js";

const KEEP_SCROLLING = 120; // pixels from the end within which the page follows the answer
const WAITING_AFTER = 1500; // milliseconds without a sign after which it says that it waits

let about;
let conversation = store.fresh();
let running = null; // {turn, abort}
let editing = false;
let suggestions = null; // null: not asked for yet

export function start(given) {
  about = given;
  const field = byId("ask");
  byId("composer").addEventListener("submit", (event) => { event.preventDefault(); submit(); });
  field.addEventListener("input", () => { fit(); complain(""); countCharacters(); });
  field.addEventListener("keydown", (event) => {
    // A word that is being put together with an input method ends with Enter, too.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    submit();
  });
  byId("stop").addEventListener("click", stop);
  byId("stop-editing").addEventListener("click", () => { setEditing(false); field.value = ""; fit(); });
  byId("new").addEventListener("click", () => { show(store.fresh()); field.focus(); });
  window.addEventListener("storage", (event) => { if (store.isOurs(event.key)) seeOtherWindow(); });
  filters.start(about, () => complain(""));
  document.addEventListener("wenbao:conversations", list);
  onLanguage(() => { announce(""); drawThread(); list(); filters.draw(); countCharacters(); });
  const newest = store.list()[0];
  if (newest) conversation = adopted(newest);
  drawThread();
  list();
  toEnd();
  byId("send").disabled = false;
}

// After pages were added or removed.
export function refresh(given) {
  about = given;
  suggestions = null;
  drawThread();
  filters.draw(given);
}

// As it was kept; what was being answered when its page was left is not any more.
function adopted(kept) {
  for (const turn of kept.turns) if (!turn.state || turn.state === "running") turn.state = turn.answer ? "done" : "stopped";
  return kept;
}

// Another window of this browser has kept or removed something.
function seeOtherWindow() {
  const newer = running ? null : store.get(conversation.id);
  if (newer) {
    conversation = adopted(newer);
    drawThread();
  }
  list();
}

const list = () => drawList(conversation, show);

function show(shown) {
  if (running) stop();
  conversation = adopted(shown);
  setEditing(false);
  drawThread();
  list();
  toEnd();
  document.dispatchEvent(new CustomEvent("wenbao:view", { detail: "chat" }));
}

// --- composing ---

function submit() {
  const field = byId("ask");
  const question = field.value.trim();
  if (running || !question) return;
  if ([...question].length > about.most_characters) {
    complain(t("too_long", { count: [...question].length, most: about.most_characters }));
    return;
  }
  const scope = filters.chosen();
  if (scope.since && scope.until && scope.since > scope.until) return complain(t("e_days"));
  const replaces = editing;
  field.value = "";
  setEditing(false);
  fit();
  countCharacters();
  ask(question, { replaces, scope });
}

function complain(text) {
  const box = byId("complaint");
  box.textContent = text;
  box.hidden = !text;
}

function countCharacters() {
  const length = [...byId("ask").value].length;
  const box = byId("counter");
  box.hidden = length < about.most_characters * 0.8;
  box.textContent = t("counter", { count: length, most: about.most_characters });
  box.classList.toggle("over", length > about.most_characters);
}

function fit() {
  const field = byId("ask");
  field.style.height = "auto";
  field.style.height = `${Math.min(field.scrollHeight, 180)}px`;
}

function setEditing(on) {
  editing = on;
  byId("editing").hidden = !on;
}

// --- asking ---

export async function ask(question, { replaces = false, scope = filters.chosen() } = {}) {
  if (running) return;
  if (replaces) conversation.turns.pop();
  const history = messages(conversation.turns);
  const turn = { id: randomId(), question, state: "running", text: "", at: Date.now() };
  if (scopeParts(scope).length) turn.scope = scope;
  conversation.turns.push(turn);
  conversation.title ||= question.slice(0, 60);
  const mine = conversation; // the reader may turn to another one meanwhile
  running = { turn, abort: new AbortController() };
  setRunning(true);
  drawThread();
  keep(mine);
  toEnd();
  announce(t("searching"));
  const waiting = setTimeout(() => { turn.status = "waiting"; draw(turn); }, WAITING_AFTER);
  try {
    await follow(turn, history, scope, running.abort.signal, () => clearTimeout(waiting));
  } catch (error) {
    if (error.name === "AbortError") turn.state = "stopped";
    else Object.assign(turn, { state: "failed", error: error instanceof Failure ? error.message : t("error") });
  } finally {
    clearTimeout(waiting);
  }
  running = null;
  setRunning(false);
  keep(mine);
  finish(turn, mine);
}

async function follow(turn, history, scope, signal, onSign) {
  const data = [turn.question, history, scope.since || null, scope.until || null, scope.publication || null, scope.column || null];
  for await (const event of events("stream", data, signal)) {
    onSign();
    turn.status = "searching";
    if (event.kind === "text") turn.text += event.text;
    if (event.kind === "answer") {
      Object.assign(turn, { state: "done", answer: event.answer });
      delete turn.text;
    }
    const follows = atEnd();
    draw(turn);
    if (follows) toEnd();
  }
  if (turn.state !== "done") throw new Failure("cut_off");
}

function stop() {
  running?.abort.abort();
}

// The turn as it stands at last; a refusal is followed by what can be answered.
async function finish(turn, mine) {
  draw(turn);
  toEnd();
  if (turn.state === "failed") announce(turn.error);
  if (turn.state === "stopped") announce(t("stopped"));
  if (turn.state !== "done") return;
  announce(t("answered", { text: turn.answer.text.replace(/\[\d+\]/g, "") }));
  if (turn.answer.grounding !== "refused") return;
  try {
    turn.near = await call("suggest", turn.question);
  } catch { return; } // the refusal stands without them
  keep(mine);
  const follows = atEnd();
  draw(turn);
  if (follows) toEnd();
}

function keep(mine) {
  mine.updated = Date.now();
  store.save(mine);
  list();
}

// What was said so far, as the model reads it; the newest turns only.
function messages(turns) {
  const said = turns.filter((turn) => turn.state === "done").flatMap((turn) => [
    { role: "user", content: turn.question },
    { role: "assistant", content: turn.answer.text.slice(0, 4000) },
  ]);
  return said.slice(-Math.min(20, about.most_messages));
}

function setRunning(on) {
  byId("send").hidden = on;
  byId("stop").hidden = !on;
  byId("thread").setAttribute("aria-busy", String(on));
}

// --- the thread ---

function drawThread() {
  const thread = byId("thread");
  thread.classList.toggle("first", !conversation.turns.length);
  if (conversation.turns.length) thread.replaceChildren(...conversation.turns.map(view));
  else thread.replaceChildren(welcome());
}

const isLast = (turn) => conversation.turns.at(-1) === turn;

function view(turn) {
  return turnView(turn, { last: isLast(turn) && !running, act: acts(turn) });
}

function draw(turn) {
  const old = byId(`turn-${turn.id}`);
  if (!old) return;
  const focused = old.contains(document.activeElement);
  old.replaceWith(view(turn));
  if (focused) byId("thread").focus({ preventScroll: true });
}

function acts(turn) {
  const again = () => ask(turn.question, { replaces: true, scope: turn.scope ?? {} });
  return {
    open: (citation, chip) => panel.open(citation, chip),
    ask: (question) => ask(question),
    retry: again,
    edit: () => {
      setEditing(true);
      byId("ask").value = turn.question;
      fit();
      byId("ask").focus();
    },
    copy: async () => { await copy(plain(turn.answer)); toast(t("copied")); },
    judge: async (verdict, word) => {
      const { question, answer } = turn;
      try {
        await call("feedback", question, answer, verdict, word.slice(0, 500));
      } catch (error) {
        return toast(error.message);
      }
      turn.verdict = verdict;
      keep(conversation);
      draw(turn);
      toast(t("feedback_thanks"));
    },
  };
}

// The answer with its sources written out, to be pasted elsewhere.
function plain(answer) {
  const notes = answer.citations.map((c) => `[${c.marker}] 《${c.title}》${c.published ?? ""} ${c.source} ${c.start}–${c.end}：${c.quote}`);
  return [answer.text, ...notes].join("\n");
}

function welcome() {
  const page = h("section", { class: "welcome" },
    h("p", { class: "kicker" }, t("welcome_kicker")),
    h("h1", {}, t("welcome")), h("p", { class: "lede" }, t("lede")));
  if (!about.pages) {
    page.append(h("div", { class: "empty" }, h("h2", {}, t("empty_title")), h("p", {}, t("empty_text")),
      h("button", { type: "button", class: "strong", onclick: () => document.dispatchEvent(new CustomEvent("wenbao:view", { detail: "archive" })) }, t("to_archive"))));
    return page;
  }
  const box = h("div", { class: "try" }, h("h2", {}, t("try")), h("p", { class: "status" }, h("span", { class: "pulse", "aria-hidden": "true" }), t("finding")));
  page.append(box);
  suggest().then((found) => {
    if (!found.length) return box.remove();
    box.replaceChildren(h("h2", {}, t("try")), h("ol", {}, found.map((question) =>
      h("li", {}, h("button", { type: "button", lang: "zh-CN", onclick: () => ask(question) }, question)))));
  });
  return page;
}

function suggest() {
  suggestions ??= call("suggest", null).catch(() => []);
  return suggestions;
}

function atEnd() {
  const box = byId("thread");
  return box.scrollHeight - box.scrollTop - box.clientHeight < KEEP_SCROLLING;
}

function toEnd() {
  const box = byId("thread");
  if (conversation.turns.length) box.scrollTop = box.scrollHeight;
  else box.scrollTop = 0;
}
