// The scope of a question: days of issue, newspaper, column. What is set stands above the question,
// too, where it can be dropped.

import { scopeParts } from "./answer.js";
import { byId, h, icon } from "./dom.js";
import { t } from "./words.js";

let about;

const FIELDS = ["since", "until", "publication", "column"];

// As set now; "" for what is not.
export function chosen() {
  return Object.fromEntries(FIELDS.map((name) => [name, byId(name).value]));
}

export function start(given, onChange) {
  draw(given);
  for (const name of FIELDS) byId(name).addEventListener("change", () => { onChange(); drawActive(); });
  byId("clear-filters").addEventListener("click", () => { FIELDS.forEach((name) => { byId(name).value = ""; }); drawActive(); });
}

// `given` is what the server has said about its pages; without it, only the words change.
export function draw(given = about) {
  about = given;
  for (const [name, choices] of [["publication", about.publications], ["column", about.columns]]) {
    const select = byId(name);
    const before = select.value;
    select.replaceChildren(h("option", { value: "" }, t("any")), ...choices.map((choice) => h("option", { value: choice }, choice)));
    select.value = choices.includes(before) ? before : "";
    select.parentElement.hidden = !choices.length;
  }
  drawActive();
}

function drawActive() {
  const parts = scopeParts(chosen());
  byId("clear-filters").hidden = !parts.length;
  byId("active-filters").replaceChildren(...parts.map(([kind, text]) => h("li", {},
    h("span", {}, text),
    h("button", { type: "button", class: "icon", "aria-label": t("drop_filter", { filter: text }), onclick: () => drop(kind) }, icon("close")))));
}

function drop(kind) {
  for (const name of kind === "days" ? ["since", "until"] : [kind]) byId(name).value = "";
  drawActive();
  byId("ask").focus();
}
