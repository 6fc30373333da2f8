// Starts `rolegate demo`, waits for its one line on stdout, stops it by its own process.
import { spawn } from "node:child_process";
import { once } from "node:events";
import readline from "node:readline";
import { fileURLToPath } from "node:url";

const BINARY = process.env.ROLEGATE_BIN ?? fileURLToPath(new URL("../target/debug/rolegate", import.meta.url));
// The first start installs the emulator's Python packages.
const PATIENCE_SECONDS = Number(process.env.ROLEGATE_START_SECONDS ?? 300);

const STOP_SECONDS = 60;

export async function startDemo() {
  const child = spawn(BINARY, ["demo", "--json", "--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "pipe"] });
  const said = [];
  child.stderr.on("data", (chunk) => said.push(chunk));
  const log = () => Buffer.concat(said).toString();
  const line = await Promise.race([
    once(readline.createInterface({ input: child.stdout }), "line").then(([text]) => text),
    once(child, "error").then(([error]) => Promise.reject(new Error(`cannot start ${BINARY}: ${error.message}`))),
    once(child, "exit").then(([code]) => Promise.reject(new Error(`demo ended with ${code}:\n${log()}`))),
    after(PATIENCE_SECONDS).then(() => {
      child.kill("SIGKILL");
      throw new Error(`demo was not ready after ${PATIENCE_SECONDS} s:\n${log()}`);
    }),
  ]);
  return { ...JSON.parse(line), log, stop: () => stop(child) };
}

async function stop(child) {
  if (child.exitCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const waited = await Promise.race([ended, after(STOP_SECONDS).then(() => "late")]);
  if (waited === "late") {
    child.kill("SIGKILL");
    throw new Error(`demo did not stop within ${STOP_SECONDS} s of SIGTERM`);
  }
}

function after(seconds) {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000).unref());
}
