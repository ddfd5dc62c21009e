// One question to Codex, which asks a fake model and tells what it did as log records. Its spans, 150 kB a turn, are internal ones.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const { HOME, OPENAI_BASE_URL, OTEL_EXPORTER_OTLP_ENDPOINT } = process.env;
const codexHome = join(HOME, ".codex");
mkdirSync(codexHome, { recursive: true });
writeFileSync(
  join(codexHome, "config.toml"),
  `
model = "gpt-5-codex"
model_provider = "shop"
approval_policy = "never"
sandbox_mode = "read-only"
[model_providers.shop]
name = "shop"
base_url = "${OPENAI_BASE_URL}"
wire_api = "responses"
env_key = "OPENAI_API_KEY"
request_max_retries = 0
stream_max_retries = 0
[analytics]
enabled = false
[otel]
environment = "test"
log_user_prompt = true
exporter = { otlp-http = { endpoint = "${OTEL_EXPORTER_OTLP_ENDPOINT}/v1/logs", protocol = "binary" } }
`,
);
const codex = createRequire(import.meta.url).resolve("@openai/codex/bin/codex.js");
const run = spawnSync(process.execPath, [codex, "exec", "--skip-git-repo-check", "How long does a refund take?"], {
  env: { ...process.env, CODEX_HOME: codexHome },
  stdio: ["ignore", "inherit", "inherit"],
});
process.exit(run.status ?? 1);
