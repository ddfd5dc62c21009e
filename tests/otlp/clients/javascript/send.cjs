// Sends two spans, a log record and two metrics through OpenTelemetry's own exporters, to where OTEL_EXPORTER_OTLP_* say.
// The argument is the protocol: http (JSON), proto (protobuf over HTTP) or grpc. Prints the codes of the exports: 0 is success.
// What the exporters complain of, such as an attempt they repeat, goes to stderr.
const { DiagConsoleLogger, DiagLogLevel, SpanKind, SpanStatusCode, context, diag, trace } = require("@opentelemetry/api");
const { SeverityNumber } = require("@opentelemetry/api-logs");
const { resourceFromAttributes } = require("@opentelemetry/resources");
const { LoggerProvider, SimpleLogRecordProcessor } = require("@opentelemetry/sdk-logs");
const { MeterProvider, PeriodicExportingMetricReader } = require("@opentelemetry/sdk-metrics");
const { SimpleSpanProcessor, TracerProvider } = require("@opentelemetry/sdk-trace");

diag.setLogger(new DiagConsoleLogger(), DiagLogLevel.WARN);

const protocol = process.argv[2];
const { OTLPTraceExporter } = require(`@opentelemetry/exporter-trace-otlp-${protocol}`);
const { OTLPLogExporter } = require(`@opentelemetry/exporter-logs-otlp-${protocol}`);
const { OTLPMetricExporter } = require(`@opentelemetry/exporter-metrics-otlp-${protocol}`);

const resource = resourceFromAttributes({ "service.name": "shop", "service.version": "2.0" });
const codes = [];

function remembering(exporter) {
  const inner = exporter.export.bind(exporter);
  exporter.export = (items, done) => inner(items, (result) => (codes.push(result.code), done(result)));
  return exporter;
}

async function sendSpans() {
  const provider = new TracerProvider({
    resource,
    spanProcessors: [new SimpleSpanProcessor({ exporter: remembering(new OTLPTraceExporter()) })],
  });
  const tracer = provider.getTracer("shop.tracer", "1.0");
  const values = { "user.id": "u", n: Number.MAX_SAFE_INTEGER, half: 0.5, yes: true, tags: ["a", "b"] };
  const parent = tracer.startSpan("parent", { kind: SpanKind.SERVER, attributes: values });
  const link = { context: parent.spanContext(), attributes: { why: "test" } };
  const below = trace.setSpan(context.active(), parent);
  const child = tracer.startSpan("child", { kind: SpanKind.CLIENT, links: [link] }, below);
  child.addEvent("thinking", { step: 1 });
  child.setStatus({ code: SpanStatusCode.ERROR, message: "boom" });
  child.end();
  parent.end();
  await provider.shutdown();
}

async function sendLog() {
  const provider = new LoggerProvider({
    resource,
    processors: [new SimpleLogRecordProcessor({ exporter: remembering(new OTLPLogExporter()) })],
  });
  provider.getLogger("shop.logger").emit({
    eventName: "gen_ai.choice",
    severityNumber: SeverityNumber.WARN,
    severityText: "WARN",
    body: { content: "hello ✓", parts: [1, 2.5, null] },
    attributes: { "gen_ai.provider.name": "openai" },
  });
  await provider.shutdown();
}

async function sendMetrics() {
  const reader = new PeriodicExportingMetricReader({ exporter: remembering(new OTLPMetricExporter()) });
  const meter = new MeterProvider({ resource, readers: [reader] }).getMeter("shop.meter");
  meter.createCounter("requests", { unit: "{request}" }).add(3, { path: "/" });
  meter.createHistogram("latency", { unit: "s", advice: { explicitBucketBoundaries: [1, 2] } }).record(1.5);
  await reader.shutdown();
}

sendSpans()
  .then(sendLog)
  .then(sendMetrics)
  .then(() => console.log(JSON.stringify(codes)));
