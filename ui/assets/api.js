// The functions of the server, through Gradio's own HTTP interface: POST a call, then read its
// events. A call that is given up is taken back, so that nobody works for nobody.

import { bytes, has, t } from "./words.js";
import { randomId } from "./dom.js";

export class Failure extends Error {
  constructor(code, detail = "", values = {}) {
    super(has(`e_${code}`) ? t(`e_${code}`, { detail, ...values }) : t("e_unknown", { detail: detail || code }));
    this.code = code;
  }
}

const address = (path) => new URL(`gradio_api/${path}`, new URL("./", location.href));

async function send(url, options) {
  let response;
  try {
    response = await fetch(url, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Failure("offline");
  }
  if (response.ok) return response;
  if (response.status === 401) throw new Failure("not_logged_in");
  if (response.status === 503) throw new Failure("queue_full");
  if (response.status === 413) throw new Failure("file_too_large");
  throw new Failure("unknown", (await response.text()).slice(0, 300));
}

const post = (path, body, signal) => send(address(path), {
  method: "POST", signal, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
});

// Yields what the function yields (for a plain function: its one result).
export async function* events(name, data, signal) {
  const session = randomId();
  const { event_id: id } = await (await post(`call/${name}`, { data, session_hash: session }, signal)).json();
  let finished = false;
  let seen = null;
  try {
    const response = await send(address(`call/${name}/${id}`), { signal });
    for await (const [kind, value] of messages(response.body)) {
      if (kind === "error") {
        finished = true;
        throw new Failure(value?.title && has(`e_${value.title}`) ? value.title : "unknown", value?.error ?? "");
      }
      if (kind !== "generating" && kind !== "complete") continue;
      finished = kind === "complete";
      const text = JSON.stringify(value?.[0]);
      if (kind === "generating" || text !== seen) yield value?.[0]; // the end repeats the last
      seen = text;
      if (finished) return;
    }
    throw new Failure("cut_off");
  } catch (error) {
    if (error instanceof TypeError) throw new Failure("cut_off");
    throw error;
  } finally {
    if (!finished) {
      const index = window.gradio_config?.dependencies?.find((d) => d.api_name === name)?.id ?? 0;
      post("cancel", { session_hash: session, fn_index: index, event_id: id }).catch(() => {});
    }
  }
}

export async function call(name, ...data) {
  let last;
  for await (const value of events(name, data)) last = value;
  return last;
}

// Server-sent events: [name, parsed data].
async function* messages(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const kind = /^event: (.*)$/m.exec(block)?.[1];
      const data = /^data: (.*)$/m.exec(block)?.[1];
      yield [kind, data ? JSON.parse(data) : null];
    }
  }
}

// Send one file; returns what a function with a file among its inputs wants to have.
export async function upload(file, limit) {
  if (file.size > limit) throw new Failure("file_too_large", "", { size: bytes(limit) });
  const form = new FormData();
  form.append("files", file, file.name);
  try {
    const response = await send(address("upload"), { method: "POST", body: form });
    const [path] = await response.json();
    return { path, orig_name: file.name, size: file.size, meta: { _type: "gradio.FileData" } };
  } catch (error) {
    if (error.code === "file_too_large") throw new Failure("file_too_large", "", { size: bytes(limit) });
    throw error;
  }
}
