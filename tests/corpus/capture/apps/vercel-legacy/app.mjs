// Vercel's AI SDK 6 with its experimental telemetry: an answer, a stream, a tool and an embedding.
import { createOpenAI } from "@ai-sdk/openai";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { embed, generateText, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";

const provider = new NodeTracerProvider({
  resource: resourceFromAttributes({ "service.name": "furniture-shop" }),
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
});
provider.register();

const openai = createOpenAI({ baseURL: process.env.OPENAI_BASE_URL, apiKey: "none" });
const model = openai.chat("gpt-4o-mini");
const system = "You are the assistant of a furniture shop. Answer in one sentence.";
const experimental_telemetry = {
  isEnabled: true,
  functionId: "support",
  metadata: { userId: "user-1", sessionId: "session-1", tags: ["beta", "shop"] },
};
const asked = { model, system, experimental_telemetry, maxRetries: 0 };

await generateText({ ...asked, prompt: "How long does a refund take?", temperature: 0.2, maxOutputTokens: 64 });
for await (const _ of streamText({ ...asked, prompt: "How long does a refund take?", temperature: 0.2 }).textStream);
const get_order = tool({
  description: "Looks up an order",
  inputSchema: z.object({ order_id: z.string().describe("The order's number") }),
  execute: async () => ({ arrives: "Friday" }),
});
await generateText({ ...asked, prompt: "Where is order 4711?", tools: { get_order }, stopWhen: stepCountIs(3) });
await embed({ model: openai.embedding("text-embedding-3-small"), value: "refund policy", experimental_telemetry, maxRetries: 0 });
await provider.shutdown();
