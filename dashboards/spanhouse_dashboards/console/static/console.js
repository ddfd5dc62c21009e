// What pages do beyond links and forms: draw panels, fold the tree, show a span without loading the page again.
// Every page can be read without this script but for the charts.
"use strict";

document.documentElement.classList.add("enhanced");

// On a phone the pages are a row longer than the window: it begins where one is. On a desktop nothing is there to scroll.
const pages = document.querySelector(".side nav");
const here = pages?.querySelector("[aria-current]");
if (here) pages.scrollLeft = here.offsetLeft - (pages.clientWidth - here.offsetWidth) / 2 - pages.offsetLeft;

const dark = window.matchMedia("(prefers-color-scheme: dark)");
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`);

// light-dark() stays unresolved in a custom property, so each colour is read from an element that uses it.
function resolved(name) {
  const probe = document.createElement("i");
  probe.style.color = colour(name);
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

function theme() {
  const [soft, line, surface, warn, bad, good] = ["soft", "line", "surface", "warn", "bad", "good"].map(resolved);
  const font = getComputedStyle(document.body).fontFamily;
  const rule = (color) => ({ color, strokeDash: [4, 3], opacity: 0.8 });
  return {
    background: "transparent",
    font,
    view: { stroke: null },
    axis: { labelColor: soft, labelFont: font, labelFontSize: 11, gridColor: line, domainColor: line, tickColor: line, tickSize: 4, labelPadding: 6, titleColor: soft, titleFont: font, titleFontSize: 11, titleFontWeight: "normal" },
    legend: { labelColor: soft, labelFont: font, labelFontSize: 12, symbolStrokeWidth: 2.5, symbolSize: 80, offset: 10, rowPadding: 2, padding: 0 },
    range: {
      category: ["accent", "retriever", "tool", "guardrail", "memory", "workflow", "llm", "embedding", "agent", "span"].map(resolved),
      heatmap: [surface, resolved("accent")],
    },
    line: { strokeWidth: 1.8, strokeJoin: "round", strokeCap: "round" },
    point: { size: 40 },
    style: { "threshold-bad": rule(bad), "threshold-warning": rule(warn), "threshold-good": rule(good) },
  };
}

// A figure with the digits that say something, in its unit.
function figure(value, unit) {
  const short = (number) =>
    Math.abs(number) >= 1000
      ? Math.round(number).toLocaleString("en")
      : Number(number.toPrecision(4)).toLocaleString("en", { maximumFractionDigits: 12 });
  if (unit === "percentunit") return `${short(value * 100)}%`;
  if (unit === "currencyUSD") return `$${short(value)}`;
  if (unit === "ms") return Math.abs(value) >= 1000 ? `${short(value / 1000)} s` : `${short(value)} ms`;
  if (unit === "s") return `${short(value)} s`;
  if (value !== 0 && Math.abs(value) < 1e-4) return value.toExponential(1);
  return short(value);
}

const minute = new Intl.DateTimeFormat("en-US", {
  month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: "UTC",
});

// Where a name in a table leads, with the range that the page looks at. A trace is found by its id whatever the range.
const PLACES = {
  trace_id: (id) => [`/traces/${encodeURIComponent(id)}`, id.slice(0, 12)],
  session: (id) => [`/sessions/${encodeURIComponent(id)}${kept()}`, id],
  user: (id) => [`/traces${kept({ user: id })}`, id],
};

function kept(more = {}) {
  const here = new URLSearchParams(location.search);
  const words = new URLSearchParams(more);
  for (const name of ["range", "from", "to"]) if (here.get(name)) words.set(name, here.get(name));
  return words.size ? `?${words}` : "";
}

function nameLink(name, id) {
  const link = document.createElement("a");
  [link.href, link.textContent] = PLACES[name](id);
  return link;
}

function table(answer) {
  const holder = document.createElement("div");
  holder.className = "panel-table scroll";
  holder.tabIndex = 0;
  const made = holder.appendChild(document.createElement("table"));
  made.className = "list";
  const head = made.createTHead().insertRow();
  for (const column of answer.columns) {
    const cell = head.appendChild(document.createElement("th"));
    cell.scope = "col";
    cell.textContent = column.role === "time" ? `${column.title} (UTC)` : column.title;
    if (column.role === "value") cell.className = "num";
  }
  const body = made.createTBody();
  for (const row of answer.rows) {
    const line = body.insertRow();
    row.forEach((value, index) => {
      const cell = line.insertCell();
      const { role } = answer.columns[index];
      if (role === "value") cell.className = "num";
      if (value === null) cell.textContent = "–";
      else if (role === "time") cell.textContent = minute.format(new Date(value));
      else if (value && PLACES[answer.columns[index].name]) cell.append(nameLink(answer.columns[index].name, value));
      else cell.textContent = typeof value === "number" ? figure(value, answer.columns[index].unit) : value;
      if (role === "time") cell.className = "when";
    });
  }
  return holder;
}

function more(answer) {
  const details = document.createElement("details");
  details.className = "panel-more";
  const summary = details.appendChild(document.createElement("summary"));
  summary.textContent = "Figures and query";
  details.addEventListener("toggle", () => {
    if (details.childElementCount > 1) return;
    details.append(table(answer));
    const query = details.appendChild(document.createElement("pre"));
    query.className = "text";
    query.tabIndex = 0;
    query.textContent = answer.sql;
  });
  return details;
}

function say(chart, words, kind) {
  const line = document.createElement("p");
  line.className = kind;
  line.textContent = words;
  chart.replaceChildren(line);
}

// What the server answers; where it does not, an error that says so and is `away`.
async function asked(address, options) {
  try {
    return await fetch(address, options);
  } catch {
    throw Object.assign(new Error("the server does not answer"), { away: true });
  }
}

// Legends are set for the panel's full width; on a phone they have fewer names a line. The answer itself stays as it came: it is
// drawn again where light and dark change.
function fitLegends(answered, width) {
  const room = answered.usermeta?.legend_px;
  if (!room || width >= room) return answered;
  const spec = structuredClone(answered);
  for (const part of [spec, ...(spec.layer ?? [])]) {
    const legend = part.encoding?.color?.legend;
    if (legend?.columns) legend.columns = Math.max(1, Math.floor((legend.columns * width) / room));
  }
  return spec;
}

async function draw(chart, answer) {
  if (!answer.spec) {
    if (answer.rows.length) {
      chart.replaceChildren(table(answer));
      chart.classList.add("told");
    } else say(chart, chart.dataset.nothing, "nothing");
    return;
  }
  const stage = document.createElement("div");
  chart.replaceChildren(stage);
  const view = await vegaEmbed(stage, fitLegends(answer.spec, stage.clientWidth), {
    actions: false,
    ast: true,
    renderer: "canvas",
    config: theme(),
    defaultStyle: false,
    tooltip: { disableDefaultStyle: true, theme: "custom" },
  });
  const canvas = stage.querySelector("canvas");
  if (canvas) {
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `${chart.dataset.title}: chart; ${chart.dataset.told || "its figures are in the table below"}`);
  }
  return view;
}

async function load(chart) {
  try {
    const reply = await asked(chart.dataset.panel, { headers: { accept: "application/json" } });
    if (!reply.ok) throw new Error(`the server answered ${reply.status}`);
    const answer = await reply.json();
    let drawn = await draw(chart, answer);
    chart.after(more(answer));
    dark.addEventListener("change", async () => {
      if (drawn) drawn.finalize();
      drawn = await draw(chart, answer);
    });
    chart.dataset.ready = "true";
  } catch (error) {
    say(chart, `This panel could not be shown: ${error.message}. `, "failure");
    const again = chart.firstChild.appendChild(document.createElement("button"));
    again.type = "button";
    again.textContent = "Try again";
    again.addEventListener("click", () => load(chart));
  }
}

function foldable(tree) {
  const rows = [...tree.tBodies[0].rows];
  const level = (row) => Number(row.getAttribute("aria-level"));
  const isOpen = (row) => row.getAttribute("aria-expanded") !== "false";

  function settle() {
    let hiddenBelow = Infinity;
    for (const row of rows) {
      if (level(row) <= hiddenBelow) hiddenBelow = Infinity;
      row.hidden = level(row) > hiddenBelow;
      if (!row.hidden && !isOpen(row)) hiddenBelow = level(row);
    }
  }
  function fold(row, open) {
    if (row.hasAttribute("aria-expanded")) row.setAttribute("aria-expanded", String(open));
  }
  tree.addEventListener("click", (event) => {
    const button = event.target.closest(".fold");
    if (!button) return;
    const row = button.closest("tr");
    fold(row, !isOpen(row));
    settle();
  });
  const all = document.querySelector("[data-fold-all]");
  if (all) {
    all.addEventListener("click", () => {
      const open = all.textContent === "Expand all";
      rows.forEach((row) => fold(row, open || level(row) === 1));
      all.textContent = open ? "Collapse all" : "Expand all";
      settle();
    });
  }
  tree.addEventListener("keydown", (event) => {
    const row = event.target.closest("tr[data-span]");
    if (!row) return;
    const shown = rows.filter((one) => !one.hidden);
    const place = shown.indexOf(row);
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move) {
      const next = shown[place + move];
      if (next) next.querySelector("a").focus();
    } else if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
      fold(row, event.key === "ArrowRight");
      settle();
    } else return;
    event.preventDefault();
  });
}

// A link to a span far down shows its row, too: in the tree's own box where it has one, else in the page.
function reveal(row, box) {
  if (box.scrollHeight > box.clientHeight) box.scrollTop += row.getBoundingClientRect().top - box.getBoundingClientRect().top - box.clientHeight / 2;
  else if (row.getBoundingClientRect().bottom > window.innerHeight) row.scrollIntoView({ block: "center" });
}

function selectable(tree, detail) {
  async function show(link) {
    const row = link.closest("tr");
    for (const one of tree.querySelectorAll("[aria-selected]")) one.removeAttribute("aria-selected");
    row.setAttribute("aria-selected", "true");
    detail.classList.add("loading");
    const reply = await asked(link.dataset.fragment);
    if (!reply.ok) throw new Error(String(reply.status));
    const text = await reply.text();
    // A later choice wins over a slow answer.
    if (row.getAttribute("aria-selected") !== "true") return;
    detail.replaceChildren(...new DOMParser().parseFromString(text, "text/html").body.childNodes);
    detail.scrollTop = 0;
    detail.classList.remove("loading");
    history.replaceState(null, "", link.href);
    // Below the tree, on a narrow window, it would be shown where nobody sees it.
    if (detail.getBoundingClientRect().top > window.innerHeight - 160) detail.scrollIntoView();
  }
  tree.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-fragment]");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
    event.preventDefault();
    show(link).catch((error) => {
      detail.classList.remove("loading");
      if (error.away) say(detail, `This span could not be shown: ${error.message}. Choose it again once it does.`, "failure");
      else location.href = link.href;
    });
  });
}

// What a form says, as the JSON API takes it: numbers where the field says so, labels of a segment under their keys.
function said(form) {
  const body = {};
  for (const field of form.elements) {
    if (!field.name) continue;
    const value = field.hasAttribute("data-number") ? Number(field.value) : field.value;
    if (!field.dataset.key) body[field.name] = value;
    else body[field.name] = { ...body[field.name], [field.dataset.key]: value };
  }
  return JSON.stringify(body);
}

async function ask(form) {
  const method = form.dataset.ask;
  const headers = { accept: "application/json", "content-type": "application/json" };
  const reply = await asked(form.getAttribute("action"), { method, headers, body: method === "DELETE" ? null : said(form) });
  const answer = reply.status === 204 ? {} : await reply.json();
  if (!reply.ok) throw new Error(answer.error || `the server answered ${reply.status}`);
  return answer;
}

async function submit(form, submitter) {
  const [status, buttons] = [form.querySelector("[role=status]"), form.querySelectorAll("button")];
  // Of several buttons each stands for a value of its own.
  if (submitter?.dataset.value) form.elements.value.value = submitter.dataset.value;
  for (const button of buttons) button.disabled = true;
  status.className = "note";
  status.textContent = "Asking";
  try {
    const answer = await ask(form);
    if (form.dataset.show) await preview(form, answer);
    else if (form.dataset.then) location.assign(form.dataset.then);
    else location.reload();
  } catch (error) {
    status.className = "failure";
    status.textContent = `${error.message}.`;
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

async function preview(form, answer) {
  const fired = answer.changes.filter((change) => change.state === "firing").length;
  const times = fired === 1 ? "once" : `${fired} times`;
  form.querySelector("[role=status]").textContent =
    `${fired ? `Would have fired ${times}` : "Would not have fired"} in ${answer.evaluations.toLocaleString("en")} evaluations, one a minute.`;
  const place = document.getElementById("preview-answer");
  const columns = [["time", "time"], ["became", "label"], ["segment", "label"], ["value", "value"], ["what it says", "label"]];
  const words = (segment) => Object.entries(segment).map(([key, value]) => `${key} ${value}`).join(" · ") || "everything";
  const rows = answer.changes.map((change) => [change.at, change.state, words(change.segment), change.value, change.message]);
  place.replaceChildren(table({ columns: columns.map(([title, role]) => ({ name: title, title, role })), rows }));
  place.hidden = !rows.length;
  const chart = document.getElementById("preview-chart");
  chart.hidden = !answer.chart;
  if (answer.chart) await draw(chart, { spec: answer.chart });
}

document.querySelectorAll("[data-panel]").forEach(load);
const tree = document.querySelector(".tree");
if (tree) {
  foldable(tree);
  selectable(tree, document.getElementById("detail"));
  const chosen = tree.querySelector("[aria-selected]");
  if (chosen && new URLSearchParams(location.search).has("span")) reveal(chosen, tree.parentElement);
}
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});
document.addEventListener("submit", (event) => {
  if (event.target.dataset.ask) {
    event.preventDefault();
    submit(event.target, event.submitter);
    return;
  }
  for (const field of event.target.elements) if (field.name && !field.value) field.disabled = true;
});
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.custom[open]")) if (!open.contains(event.target)) open.open = false;
});
// A reviewer's own name stays from one page to the next.
for (const field of document.querySelectorAll("[data-remember]")) {
  field.value = localStorage.getItem(field.name) ?? "";
  field.addEventListener("change", () => localStorage.setItem(field.name, field.value));
}
document.addEventListener("keydown", (event) => {
  // Enter would choose the first of the values.
  if (event.key === "Enter" && event.target.matches("form:has([data-value]) input")) event.preventDefault();
  if (event.metaKey || event.ctrlKey || event.altKey || event.target.matches("input, select, textarea")) return;
  document.querySelector(`[data-press="${CSS.escape(event.key)}"]`)?.click();
});
