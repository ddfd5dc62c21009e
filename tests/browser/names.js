// What somebody who does not see the page would miss.
const missing = [];
const note = (one) => missing.push(one.outerHTML.slice(0, 90));
const every = (selector) => [...document.querySelectorAll(selector)];
const isNamed = (one) => one.getAttribute("aria-label") || one.title || one.textContent.trim() || one.labels?.length;
every("a, button, input:not([type=hidden]), select, summary").filter((one) => !isNamed(one)).forEach(note);
every("img:not([alt]), nav:not([aria-label]), [role=img]:not([aria-label])").forEach(note);
every("[aria-labelledby]").filter((one) => !document.getElementById(one.getAttribute("aria-labelledby"))).forEach(note);
if (every("h1").length !== 1 || every("main").length !== 1) missing.push("not one h1 in one main");
if (!document.documentElement.lang || !document.title) missing.push("no language or title");
const ids = every("[id]").map((one) => one.id);
if (new Set(ids).size !== ids.length) missing.push("an id is there twice");
return missing;
