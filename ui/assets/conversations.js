// The conversations of this browser in the side bar: open, rename, delete, bring back.

import { byId, h, icon, toast } from "./dom.js";
import * as store from "./store.js";
import { t } from "./words.js";

// `current` is the conversation that is shown, `show` shows another one.
export function drawList(current, show) {
  const again = () => drawList(current, show);
  const kept = store.list();
  const box = byId("conversations");
  if (!kept.length) return box.replaceChildren(h("li", { class: "quiet" }, t("no_conversations")));
  box.replaceChildren(...kept.map((item) => h("li", { class: item.id === current.id ? "current" : null },
    h("button", { type: "button", class: "open", "aria-current": item.id === current.id ? "true" : null, onclick: () => { show(item); closeMenu(); } }, item.title || item.turns[0]?.question || "…"),
    h("button", { type: "button", class: "icon", "aria-label": `${t("rename")}: ${item.title}`, title: t("rename"), onclick: (event) => rename(item.id === current.id ? current : item, event.currentTarget.parentElement, again) }, icon("pencil")),
    h("button", { type: "button", class: "icon", "aria-label": `${t("remove")}: ${item.title}`, title: t("remove"), onclick: () => forget(item, item.id === current.id ? () => show(store.fresh()) : again) }, icon("bin")))));
}

function rename(item, row, after) {
  const input = h("input", { type: "text", maxlength: 60, "aria-label": t("rename_label") });
  input.value = item.title;
  let over = false;
  const end = (taken) => {
    if (over) return;
    over = true;
    if (taken && input.value.trim()) {
      item.title = input.value.trim();
      store.save(item);
    }
    after();
  };
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing) end(true);
    if (event.key === "Escape") { event.stopPropagation(); end(false); }
  });
  input.addEventListener("blur", () => end(true));
  row.replaceChildren(input);
  input.select();
}

function forget(item, after) {
  store.remove(item.id);
  after();
  toast(t("deleted", { title: item.title }), {
    label: t("undo"),
    run: () => { store.save(item); document.dispatchEvent(new CustomEvent("wenbao:conversations")); },
  });
}

function closeMenu() {
  document.dispatchEvent(new CustomEvent("wenbao:menu", { detail: false }));
}
