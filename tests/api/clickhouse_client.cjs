// Asks the ClickHouse interface at argv[2] through @clickhouse/client, with or without compression (argv[3] is true or false).
// Prints what it got as one JSON object.
const { createClient } = require("@clickhouse/client");

const compressed = process.argv[3] === "true";

async function refusal(asked) {
  try {
    await asked;
    return "taken";
  } catch (error) {
    return `${error.code} ${error.type}`;
  }
}

async function rowsOf(client, query) {
  const result = await client.query({ format: "JSONEachRow", ...query });
  return result.json();
}

async function streamed(client) {
  const result = await client.query({ query: "SELECT number FROM numbers(100000)", format: "JSONEachRow" });
  let rows = 0;
  for await (const part of result.stream()) rows += part.length;
  return rows;
}

async function main() {
  const client = createClient({
    url: process.argv[2],
    compression: { request: compressed, response: compressed },
    clickhouse_settings: { max_execution_time: 30 },
    session_id: `of the node client, ${compressed}`,
  });
  const values = { n: 5, text: "it's\t\n\\ ok", list: ["x", "y"], at: new Date(0) };
  const typed = "SELECT {n:UInt8} AS n, {text:String} AS text, {list:Array(String)} AS list, {at:DateTime} AS at";
  const filter = { additional_table_filters: "{'spans': 'trace_id = \\'no\\''}" };
  const found = {
    ping: (await client.ping()).success,
    ping_by_select: (await client.ping({ select: true })).success,
    values: await rowsOf(client, { query: typed, query_params: values }),
    spans: await rowsOf(client, { query: "SELECT count() AS n FROM spans" }),
    filtered: await rowsOf(client, { query: "SELECT count() AS n FROM spans", clickhouse_settings: filter }),
    streamed: await streamed(client),
  };
  await client.command({ query: "SET session_timezone = 'Asia/Tokyo'" });
  found.session = await rowsOf(client, { query: "SELECT timezone() AS zone" });
  found.refusals = [
    await refusal(client.query({ query: "SELECT nothing FROM spans" })),
    await refusal(client.query({ query: "SELECT * FROM nowhere" })),
    await refusal(client.command({ query: "DROP TABLE spans" })),
    await refusal(client.insert({ table: "alerts", values: [{ project: "x" }], format: "JSONEachRow" })),
  ];
  await client.close();
  process.stdout.write(JSON.stringify(found));
}

main();
