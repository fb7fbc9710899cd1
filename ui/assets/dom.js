// Elements made of text nodes only: nothing from an article, a question or a file name is ever
// read as mark-up.

export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const PATHS = {
  menu: "M4 7h16M4 12h16M4 17h16",
  close: "M6 6l12 12M18 6L6 18",
  auto: "M12 4a8 8 0 1 0 0 16zM12 4a8 8 0 0 1 0 16",
  light: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6L7 7M17 17l1.4 1.4M18.4 5.6L17 7M7 17l-1.4 1.4",
  dark: "M19 14.5A7.5 7.5 0 0 1 9.5 5a7.5 7.5 0 1 0 9.5 9.5z",
  pencil: "M5 19l1-4L16 5l3 3L9 18z",
  bin: "M5 7h14M10 7V5h4v2M7 7l1 12h8l1-12",
};
const SVG = "http://www.w3.org/2000/svg";

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

export const byId = (id) => document.getElementById(id);

// Said by a screen reader, seen by nobody.
export function announce(text) {
  byId("announcer").textContent = text;
}

let hiding = 0;

// A line at the foot of the page for some seconds; `action` is {label, run}.
export function toast(text, action = null) {
  const box = byId("toast");
  const close = () => { box.hidden = true; };
  const button = action && h("button", { type: "button", class: "plain", onclick: () => { close(); action.run(); } }, action.label);
  box.replaceChildren(h("span", {}, text), ...(button ? [button] : []));
  box.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(close, action ? 8000 : 4000);
}

// Ask before something is done that cannot be undone; resolves to whether to go on.
export function confirmed({ title, text, yes, no }) {
  const dialog = byId("dialog");
  return new Promise((resolve) => {
    const end = (result) => { dialog.close(); resolve(result); };
    dialog.replaceChildren(
      h("h2", {}, title), h("p", {}, text),
      h("div", { class: "buttons" },
        h("button", { type: "button", onclick: () => end(false) }, no),
        h("button", { type: "button", class: "strong", onclick: () => end(true) }, yes)),
    );
    dialog.oncancel = () => resolve(false);
    dialog.showModal();
  });
}

// The clipboard is there on this machine or over https; elsewhere the old way has to do.
export async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = h("textarea", { class: "unseen" });
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

export function randomId() {
  const numbers = crypto.getRandomValues(new Uint32Array(3));
  return Array.from(numbers, (n) => n.toString(36)).join("");
}
