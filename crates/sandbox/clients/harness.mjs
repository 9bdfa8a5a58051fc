// What the tests written in JavaScript share: starting a sandbox and talking to it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** For each step of a test, in milliseconds: generous, for the machines are shared. */
export const STEP_MS = 60_000;

export const fail = (text) => {
  throw new Error(text);
};
export const check = (condition, text) => condition || fail(text);

/** Starts a program; its output goes to the terminal under its name. */
export function start(name, [program, ...args], options = {}) {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => process.stdout.write(text.replace(/^(?=.)/gm, `  ${name} | `)));
  }
  return child;
}

/** Asks a program to end (SIGTERM) and waits for it; after a while it is killed. */
export async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  // The sandbox itself gives its command 15 s.
  const timer = setTimeout(() => child.kill("SIGKILL"), STEP_MS);
  await once(child, "exit");
  clearTimeout(timer);
}

/**
 * Starts a sandbox on a free port: `{origin, environment, stop}`. With a `command` it runs that
 * too, with the `variables` on top. The sandbox tells where it is in its environment file, which
 * it writes when everything listens.
 */
export async function startSandbox(binary, { command = [], variables = {}, options = [] } = {}) {
  const temporary = mkdtempSync(join(tmpdir(), "sandbox-"));
  const file = join(temporary, "environment");
  const args = [command.length ? "run" : "serve", "--port", "0", "--env-file", file, ...options, ...(command.length ? ["--", ...command] : [])];
  const child = start("sandbox", [binary, ...args], { cwd: temporary, env: { ...process.env, ...variables } });
  const stop = async () => {
    await end(child);
    rmSync(temporary, { recursive: true, force: true });
  };
  const deadline = AbortSignal.timeout(STEP_MS);
  while (!existsSync(file) || !readFileSync(file, "utf8").includes("DISCORD_API_URL=")) {
    if (child.exitCode !== null) fail("the sandbox did not start");
    // What it prints is the event to wait for: it says when it is up.
    await Promise.race([once(child.stdout, "data", { signal: deadline }), once(child.stderr, "data", { signal: deadline }), once(child, "exit", { signal: deadline })]);
  }
  const environment = {};
  for (const line of readFileSync(file, "utf8").split("\n").filter((text) => text.includes("="))) {
    const at = line.indexOf("=");
    environment[line.slice(0, at)] = line.slice(at + 1).replace(/^(["'])(.*)\1$/, "$2");
  }
  return { environment, origin: new URL(environment.DISCORD_API_URL).origin, stop, temporary };
}

/** The control API: `get(path)`, `post(path, body)`, `patch(path, body)`, `remove(path)`; an answer other than 2xx is thrown. */
export function controlOf(origin) {
  const request = async (method, path, body) => {
    const response = await fetch(`${origin}/control${path}`, {
      method, body: body && JSON.stringify(body), headers: body ? { "content-type": "application/json" } : {}, signal: AbortSignal.timeout(STEP_MS),
    });
    const text = await response.text();
    check(response.ok, `${method} /control${path}: ${response.status} ${text}`);
    return text ? JSON.parse(text) : null;
  };
  return { get: (path) => request("GET", path), post: (path, body = {}) => request("POST", path, body), patch: (path, body) => request("PATCH", path, body), remove: (path) => request("DELETE", path) };
}

/** Watches from now on for the first server-sent event of this kind that `matches`: `{found}`, a promise. */
export async function watch(origin, kind, matches) {
  const response = await fetch(`${origin}/control/events`, { signal: AbortSignal.timeout(STEP_MS) });
  const found = first(response, kind, matches);
  // Whoever watches may not come to wait for it.
  found.catch(() => {});
  return { found };
}

async function first(response, kind, matches) {
  let rest = "";
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + chunk).split("\n\n");
    rest = parts.pop();
    for (const part of parts) {
      const fields = Object.fromEntries(part.split("\n").map((line) => line.split(/: ?(.*)/s)));
      if (fields.event === kind && matches(JSON.parse(fields.data))) return JSON.parse(fields.data);
    }
  }
  return fail(`the events ended before a ${kind}`);
}
