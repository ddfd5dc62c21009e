// Vercel's AI SDK 7 with its OpenTelemetry integration: an answer, a stream, a tool and an embedding.
import { createOpenAI } from "@ai-sdk/openai";
import { OpenTelemetry } from "@ai-sdk/otel";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { embed, generateText, isStepCount, registerTelemetry, streamText, tool } from "ai";
import { z } from "zod";

const provider = new NodeTracerProvider({
  resource: resourceFromAttributes({ "service.name": "furniture-shop" }),
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
});
provider.register();
registerTelemetry(new OpenTelemetry());

const openai = createOpenAI({ baseURL: process.env.OPENAI_BASE_URL, apiKey: "none" });
const model = openai.chat("gpt-4o-mini");
const system = "You are the assistant of a furniture shop. Answer in one sentence.";
const telemetry = { functionId: "support" };
const asked = { model, system, telemetry, maxRetries: 0 };

await generateText({ ...asked, prompt: "How long does a refund take?", temperature: 0.2, maxOutputTokens: 64 });
for await (const _ of streamText({ ...asked, prompt: "How long does a refund take?", temperature: 0.2 }).textStream);
const get_order = tool({
  description: "Looks up an order",
  inputSchema: z.object({ order_id: z.string().describe("The order's number") }),
  execute: async () => ({ arrives: "Friday" }),
});
await generateText({ ...asked, prompt: "Where is order 4711?", tools: { get_order }, stopWhen: isStepCount(3) });
await embed({ model: openai.embedding("text-embedding-3-small"), value: "refund policy", telemetry, maxRetries: 0 });
await provider.shutdown();
