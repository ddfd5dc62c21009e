// One question to Claude Code, which asks a fake model and tells what it did as log records and, in a beta, as spans.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const platform = `@anthropic-ai/claude-code-${process.platform}-${process.arch}`;
const claude = join(dirname(createRequire(import.meta.url).resolve(`${platform}/package.json`)), "claude");
const telemetry = {
  CLAUDE_CODE_ENABLE_TELEMETRY: "1",
  CLAUDE_CODE_ENHANCED_TELEMETRY_BETA: "1",
  OTEL_LOGS_EXPORTER: "otlp",
  OTEL_TRACES_EXPORTER: "otlp",
  OTEL_LOG_USER_PROMPTS: "1",
};
// Nothing but the model and the receiver is asked.
const quiet = { CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1", DISABLE_AUTOUPDATER: "1" };
const run = spawnSync(claude, ["--print", "How long does a refund take?", "--model", "claude-sonnet-4-5"], {
  env: { ...process.env, ...telemetry, ...quiet },
  stdio: ["ignore", "inherit", "inherit"],
});
process.exit(run.status ?? 1);
