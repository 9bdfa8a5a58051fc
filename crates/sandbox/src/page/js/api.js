/** The control API of the sandbox: JSON requests and the stream of events. */

const TIMEOUT_MS = 20_000;

/** An answer other than 2xx; `message` is the sandbox's own sentence. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function request(method, path, body) {
  let response;
  try {
    response = await fetch(`/control${path}`, {
      method,
      headers: body === undefined ? {} : { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    throw new ApiError(0, error.name === "TimeoutError" ? "The sandbox took too long to answer." : "The sandbox cannot be reached. Is it still running?");
  }
  const text = await response.text();
  let json = null;
  try {
    json = text ? JSON.parse(text) : null;
  } catch { /* an answer that is no JSON: its status says what it says */ }
  if (!response.ok) throw new ApiError(response.status, json?.error ?? `${response.status} ${response.statusText}`);
  return json;
}

export const get = (path) => request("GET", path);
export const post = (path, body = {}) => request("POST", path, body);
export const put = (path) => request("PUT", path);
export const remove = (path) => request("DELETE", path);

/**
 * Follows the events. `handlers[kind]` gets each event's data; `onOpen(again)` is called on each
 * connection (the browser reconnects by itself): what happened in between has to be read again.
 */
export function follow(handlers, onOpen, onLost) {
  const source = new EventSource("/control/events");
  let opened = false;
  source.addEventListener("open", () => {
    onOpen(opened);
    opened = true;
  });
  source.addEventListener("error", onLost);
  for (const [kind, handler] of Object.entries(handlers)) {
    source.addEventListener(kind, (event) => handler(JSON.parse(event.data)));
  }
}
