// Conversations in this browser, one entry of localStorage each, so that two windows do not
// overwrite each other's. A turn holds the question, its filters and the answer with its citations.

import { randomId } from "./dom.js";

const MOST_CONVERSATIONS = 50;
const MOST_TURNS = 100;
const MOST_CHARACTERS = 3_000_000; // browsers give about five million to a site

let prefix = "wenbao.conversation.";
let complain = () => {};

// Users who share a browser do not see each other's.
export function open(user, onFull) {
  prefix = `wenbao.conversation.${user ?? ""}.`;
  complain = onFull;
}

const keys = () => Object.keys(localStorage).filter((key) => key.startsWith(prefix));

export const isOurs = (key) => key === null || key.startsWith(prefix);

export function list() {
  const found = [];
  for (const key of keys()) {
    const conversation = read(key);
    if (conversation) found.push(conversation);
  }
  return found.sort((a, b) => b.updated - a.updated);
}

export const get = (id) => read(prefix + id);

function read(key) {
  try {
    const value = JSON.parse(localStorage.getItem(key));
    if (typeof value?.id === "string" && Array.isArray(value.turns) && value.turns.every((turn) => typeof turn?.question === "string")) return value;
  } catch { /* not ours, or cut short: as if it were not there */ }
  return null;
}

export function fresh() {
  return { id: randomId(), title: "", updated: Date.now(), turns: [] };
}

export function save(conversation) {
  conversation.turns = conversation.turns.slice(-MOST_TURNS);
  const text = JSON.stringify(conversation);
  makeRoom(conversation.id, text.length);
  for (;;) {
    try {
      localStorage.setItem(prefix + conversation.id, text);
      return;
    } catch { // full all the same: other pages of this address have taken the room
      if (!dropOldest(conversation.id)) return complain();
    }
  }
}

export function remove(id) {
  localStorage.removeItem(prefix + id);
}

function makeRoom(id, length) {
  const others = keys().filter((key) => key !== prefix + id);
  let total = length + others.reduce((sum, key) => sum + localStorage.getItem(key).length, 0);
  let left = others.length;
  while (left && (total > MOST_CHARACTERS || left >= MOST_CONVERSATIONS)) {
    const dropped = dropOldest(id);
    if (!dropped) return;
    total -= dropped;
    left -= 1;
  }
}

// The number of characters that were freed; 0 when there is nothing but `id`.
function dropOldest(id) {
  const oldest = list().filter((c) => c.id !== id).at(-1);
  if (!oldest) return 0;
  const length = localStorage.getItem(prefix + oldest.id).length;
  remove(oldest.id);
  complain();
  return length;
}
