// Where the page begins: waits for its shell, learns about the server, starts the parts.

import * as archive from "./archive.js";
import { call } from "./api.js";
import * as chat from "./chat.js";
import { byId, h, icon, toast } from "./dom.js";
import * as panel from "./panel.js";
import * as report from "./report.js";
import * as store from "./store.js";
import { current, keptLanguage, onLanguage, setLanguage, t } from "./words.js";

const THEME = "wenbao.theme";
const THEMES = ["auto", "light", "dark"];
let about = { pages: 0, articles: 0, publications: [], columns: [], model: null };

whenThere("wenbao").then(start);

function whenThere(id) {
  return new Promise((resolve) => {
    const look = () => byId(id) && (watcher.disconnect(), resolve());
    const watcher = new MutationObserver(look);
    watcher.observe(document, { childList: true, subtree: true });
    look();
  });
}

async function start() {
  setTheme(kept(THEME, "auto"));
  setLanguage(keptLanguage());
  byId("menu").append(icon("menu"));
  byId("close-menu").append(icon("close"));
  byId("wenbao").hidden = false;
  try {
    about = await call("about");
  } catch (error) {
    byId("thread").replaceChildren(h("div", { class: "failure", role: "alert" }, h("p", {}, error.message),
      h("button", { type: "button", onclick: () => location.reload() }, t("try_again"))));
    return;
  }
  store.open(about.user, () => toast(t("e_storage")));
  onLanguage(drawDateline);
  drawDateline();
  byId("logout").hidden = !about.user;
  startTools();
  chat.start(about);
  archive.start(about, learn);
  report.start();
  panel.start();
  view(location.hash.slice(1));
  const question = new URLSearchParams(location.search).get("q");
  if (question) askFromAddress(question);
}

// Asked once: a reload does not ask again.
function askFromAddress(question) {
  const address = new URL(location.href);
  address.searchParams.delete("q");
  history.replaceState(null, "", address);
  byId("new").click();
  byId("ask").value = question;
  byId("composer").requestSubmit();
}

// Ask the server about itself again, after its pages have changed.
async function learn() {
  about = await call("about");
  drawDateline();
  chat.refresh(about);
  return about;
}

function startTools() {
  byId("language").addEventListener("click", () => setLanguage(current() === "zh" ? "en" : "zh"));
  byId("theme").addEventListener("click", () => setTheme(THEMES[(THEMES.indexOf(kept(THEME, "auto")) + 1) % 3]));
  onLanguage(() => setTheme(kept(THEME, "auto")));
  setTheme(kept(THEME, "auto"));
  byId("home").addEventListener("click", (event) => { event.preventDefault(); byId("new").click(); view("chat"); });
  byId("menu").addEventListener("click", () => menu(byId("menu").getAttribute("aria-expanded") !== "true"));
  byId("close-menu").addEventListener("click", () => { menu(false); byId("menu").focus(); });
  byId("shade").addEventListener("click", () => menu(false));
  byId("new").addEventListener("click", () => menu(false));
  document.addEventListener("wenbao:menu", (event) => menu(event.detail));
  document.addEventListener("wenbao:view", (event) => view(event.detail));
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && byId("menu").getAttribute("aria-expanded") === "true") { menu(false); byId("menu").focus(); } });
  for (const button of document.querySelectorAll("[data-view]")) button.addEventListener("click", () => view(button.dataset.view));
  window.addEventListener("hashchange", () => view(location.hash.slice(1)));
}

function view(wanted) {
  const name = ["archive", "report"].includes(wanted) ? wanted : "chat";
  const moved = byId("wenbao").dataset.view !== name;
  byId("wenbao").dataset.view = name;
  for (const button of document.querySelectorAll("nav [data-view]")) {
    if (button.dataset.view === name) button.setAttribute("aria-current", "page");
    else button.removeAttribute("aria-current");
  }
  for (const each of ["chat", "archive", "report"]) byId(`view-${each}`).hidden = each !== name;
  const hash = name === "chat" ? "" : `#${name}`;
  if (location.hash !== hash) history.replaceState(history.state, "", location.pathname + location.search + hash);
  if (!moved) return;
  menu(false);
  if (name === "archive") archive.show();
  if (name === "report") report.show();
}

// The side bar slides in on a narrow screen; on a wide one it is always there.
function menu(open) {
  byId("menu").setAttribute("aria-expanded", String(open));
  byId("wenbao").classList.toggle("with-menu", open);
  byId("shade").hidden = !open;
  if (open) byId("close-menu").focus();
}

function setTheme(wanted) {
  const theme = THEMES.includes(wanted) ? wanted : "auto";
  document.documentElement.dataset.theme = theme;
  try { localStorage.setItem(THEME, theme); } catch { /* not remembered */ }
  const button = byId("theme");
  button.replaceChildren(icon(theme));
  button.setAttribute("aria-label", t(`theme_${theme}`));
  button.title = t(`theme_${theme}`);
}

function kept(key, otherwise) {
  try { return localStorage.getItem(key) ?? otherwise; } catch { return otherwise; }
}

function drawDateline() {
  const today = new Intl.DateTimeFormat(current() === "en" ? "en-GB" : "zh-CN", { year: "numeric", month: "long", day: "numeric", weekday: "long" });
  byId("today").textContent = today.format(new Date());
  byId("holdings").textContent = about.pages ? t("holdings", { pages: about.pages, articles: about.articles }) : t("holdings_none");
  const mode = about.model ? "mode_model" : "mode_extractive";
  byId("mode").textContent = t(mode, { model: about.model });
  byId("mode").title = t(`${mode}_title`, { model: about.model });
}
