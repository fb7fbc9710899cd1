// Lights up what was cited and what should have been, in the page itself; filters the table.
const pages = JSON.parse(document.getElementById("pages").textContent);
const panel = document.getElementById("page");
const rows = [...document.querySelectorAll("#questions tr[tabindex]")];
// Offsets count code points, JavaScript counts UTF-16 units.
const points = Object.fromEntries(Object.entries(pages).map(([id, text]) => [id, [...text]]));

function show(row) {
  // On a phone the page lies over the table: choosing a question again puts it away.
  if (row.classList.contains("chosen") && panel.classList.toggle("open") === false) return;
  panel.classList.add("open");
  rows.forEach((r) => r.classList.toggle("chosen", r === row));
  const marks = JSON.parse(row.dataset.marks);
  panel.textContent = "";
  if (!marks.length) { panel.textContent = "Nothing was cited, and nothing should have been."; return; }
  for (const source of new Set(marks.map((m) => m.source))) {
    const name = document.createElement("p");
    name.className = "quiet";
    name.textContent = source;
    panel.append(name, ...lit(points[source] || [], marks.filter((m) => m.source === source)));
  }
  const first = panel.querySelector("mark.cited, mark.both") || panel.querySelector("mark");
  if (first) panel.scrollTop = first.offsetTop - panel.clientHeight / 3;
}

function lit(text, marks) {
  const borders = [...new Set([0, text.length, ...marks.flatMap((m) => [m.start, m.end])])].sort((a, b) => a - b);
  return borders.slice(0, -1).map((start, n) => {
    const piece = text.slice(start, borders[n + 1]).join("");
    const kinds = new Set(marks.filter((m) => m.start <= start && start < m.end).map((m) => m.kind));
    if (!kinds.size) return document.createTextNode(piece);
    const mark = document.createElement("mark");
    mark.className = kinds.size > 1 ? "both" : [...kinds][0];
    mark.textContent = piece;
    return mark;
  });
}

function filter() {
  const words = document.getElementById("find").value.toLowerCase().split(/\s+/).filter(Boolean);
  const bad = document.getElementById("bad").checked;
  let shown = 0;
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = (bad && row.dataset.right === "1") || !words.every((word) => text.includes(word));
    shown += !row.hidden;
  }
  document.getElementById("count").textContent = `${shown} of ${rows.length}`;
}

rows.forEach((row) => {
  row.addEventListener("click", () => show(row));
  row.addEventListener("keydown", (event) => { if (event.key === "Enter") show(row); });
});
document.getElementById("find").addEventListener("input", filter);
document.getElementById("bad").addEventListener("change", filter);
function follow() {
  const row = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!rows.includes(row)) return;
  row.hidden = false;
  show(row);
  row.scrollIntoView({ block: "center" });
}
addEventListener("hashchange", follow);
filter();
if (!rows.some((row) => !row.hidden)) { document.getElementById("bad").checked = false; filter(); }
follow();
