// What every page does: hear of changed files, follow a running command, show what is behind the page of the brief.
"use strict";
const $ = selector => document.querySelector(selector);

async function part(address, options = {}) {
  const answer = await fetch(address, {...options, headers: {...options.headers, "X-Fragment": "yes"}});
  return [answer, await answer.text()];
}

// Files that were changed, here or by another program. The connection is given up while nobody looks at the page.
let turn = null, session = null, waiting = null;

async function follow() {
  while (!document.hidden) {
    waiting = new AbortController();
    try {
      const answer = await fetch("/news?turn=" + (turn ?? ""), {signal: waiting.signal});
      if (answer.status === 401) { location.reload(); return; }
      const reply = await answer.json();
      $("#gone").hidden = true;
      const again = turn !== null && (reply.turn !== turn || reply.session !== session);
      turn = reply.turn; session = reply.session;
      if (again) filesChanged();
    } catch (error) {
      if (error.name === "AbortError") return;
      $("#gone").hidden = false;
      await new Promise(go => setTimeout(go, 1000));
    }
  }
}
document.addEventListener("visibilitychange", () => { if (document.hidden) waiting?.abort(); else follow(); });
window.addEventListener("pagehide", () => waiting?.abort());

function filesChanged() {
  if ($("#page")) showPageAnew(); else $("#news").hidden = false;
}

// Who else has the same sentence, or rows of the same table, open. It is said again as long as somebody looks at the page.
const others = $("#others");
let openRow = "";

async function sayHere() {
  if (document.hidden) return;
  try {
    const answer = await fetch("/here", {method: "POST", body: new URLSearchParams({place: others.dataset.place, row: openRow})});
    if (!answer.ok) return;
    const reply = await answer.json();
    others.hidden = !reply.names;
    others.textContent = others.dataset.said.replace("{names}", reply.names);
    for (const each of document.querySelectorAll("tr.held")) each.classList.remove("held");
    for (const number of reply.rows) document.getElementById("row-" + number)?.classList.add("held");
  } catch { /* the server is gone: the news say so */ }
}

function openedRow(number) {
  if (number === openRow) return;
  openRow = number; sayHere();
}

// A running command.
async function followJob() {
  let job = $("#job");
  while (job && job.dataset.running === "yes") {
    await new Promise(go => setTimeout(go, 700));
    try {
      const [answer, text] = await part("/job");
      if (!answer.ok) continue;
      const made = new DOMParser().parseFromString(text, "text/html").querySelector("#job");
      const back = job.querySelector("[name=back]")?.value ?? "";
      const unfolded = job.querySelector("details")?.open, log = made.querySelector("details");
      if (unfolded && log) log.open = true;
      const next = made.dataset.number !== job.dataset.number;
      job.replaceWith(made); job = made;
      job.querySelectorAll("[name=back]").forEach(field => { field.value = back; });
      const said = job.querySelector("pre"); if (said) said.scrollTop = said.scrollHeight;
      if (next || job.dataset.running === "no") { location.reload(); return; } // the page lists what was made
    } catch { /* the server is gone: the news say so */ }
  }
}

// The page of the brief: a click on a block shows what is behind it.
const sheet = $("#page");
let number = null;

function listen() {
  const inside = sheet.dataset.form === "html" ? sheet.contentDocument : null;
  inside?.addEventListener("click", event => {
    const block = event.target.closest?.("[data-block]");
    const link = event.target.closest?.("a[href]");
    if (link && !(link.getAttribute("href") ?? "").startsWith("#")) event.preventDefault();
    if (!block) return;
    for (const each of inside.querySelectorAll("[data-chosen]")) { each.style.outline = ""; delete each.dataset.chosen; }
    block.dataset.chosen = ""; block.style.outline = "2px solid #0b5f85";
    showBlock(block.dataset.block);
  });
}

async function showBlock(name) {
  const [, text] = await part("/brief/block/" + encodeURIComponent(name));
  const items = $("#items");
  items.innerHTML = text; // made by this server, every value escaped
  $("#panel").scrollTop = 0;
}

async function showPageAnew() {
  const product = encodeURIComponent(sheet.dataset.product);
  const reply = await (await fetch(`/preview/${product}/state`)).json();
  const panel = $("#page-problems");
  panel.replaceChildren(...reply.problems.map(problem => {
    const box = document.createElement("div"); box.className = "problems";
    for (const line of [problem.place || problem.where, problem.what, ...problem.hints]) {
      const said = document.createElement("p"); said.textContent = line; box.append(said);
    }
    return box;
  }));
  if (reply.problems.length) { const note = document.createElement("p"); note.textContent = panel.dataset.title; panel.prepend(note); }
  if (number !== null && reply.number === number) return;
  number = reply.number;
  if (reply.format !== "html") { sheet.src = `/preview/${product}?${number}`; return; }
  const height = sheet.contentWindow.scrollY;
  sheet.addEventListener("load", () => {
    const block = reply.changed && sheet.contentDocument.querySelector(`[data-block="${CSS.escape(reply.changed)}"]`);
    if (block) block.scrollIntoView({block: "center"}); else sheet.contentWindow.scrollTo(0, height);
  }, {once: true});
  sheet.contentWindow.location.replace(`/preview/${product}`);
}

const SAME_DAY = /截至(当日|当天|今日|今天)|(as of|by) (that|the same|this) day|as of today/i;

// A field that usually has the same as another one takes it, until somebody writes something else into it.
for (const field of document.querySelectorAll("[data-like]")) {
  const other = document.getElementsByName(field.dataset.like)[0], remark = field.closest("p")?.querySelector(".remark");
  const quote = field.form.elements["note." + field.name.split(".")[1]];
  let taken = field.value;
  other?.addEventListener("input", () => { if (field.value === taken) { taken = other.value; field.value = taken; } say(); });
  const say = () => {
    if (!remark) return;
    const words = SAME_DAY.exec(quote?.value ?? "")?.[0]; // the source says itself that it is of its day
    remark.hidden = !field.value || field.value !== other?.value;
    remark.textContent = words ? remark.dataset.quoted.replace("{words}", words) : remark.dataset.unsure;
  };
  for (const each of [field, quote]) each?.addEventListener("input", say);
  say();
}

// The answer that keeps the old number is chosen where the new one is of a later day, until somebody chooses another one.
for (const said of document.querySelectorAll("[data-after]")) {
  const form = said.closest("form"), old = said.dataset.after, own = said.closest("label").querySelector("input"), at = own.name.split(".")[1];
  const days = ["on", "published"].map(key => form.elements[`${key}.${at}`]), group = said.closest("[role=radiogroup]");
  let chosen = own.checked && !said.hidden; // by this
  const say = () => {
    const day = days.map(each => each.value.trim()).find(Boolean) ?? "";
    said.hidden = !old || !/^\d{4}(-\d\d){0,2}$/.test(day) || day <= old || day.startsWith(old);
    if (!said.hidden && !group.querySelector("input[type=radio]:checked")) { own.checked = chosen = true; group.querySelector(".otherwise").open = false; }
    if (said.hidden && chosen && own.checked) own.checked = chosen = false;
    if (day && said.hidden && !group.querySelector("input[type=radio]:checked")) group.querySelector(".otherwise").open = true;
  };
  for (const each of days) each.addEventListener("input", say);
}

// What is asked beside the sources stands below them as soon as they are told; what was answered there stays.
const rest = $("#rest");
let askedRest = 0, sentSources = "";

async function askRest() {
  if (!rest) return;
  const given = new FormData(rest.closest("form"));
  for (const each of rest.querySelectorAll("[name]")) given.delete(each.name);
  const body = new URLSearchParams(given);
  if (body.toString() === sentSources) return; // the answer is there, or on its way
  sentSources = body.toString();
  const own = ++askedRest;
  rest.setAttribute("aria-busy", "true");
  try {
    const [answer, text] = await part("/changes/rest", {method: "POST", body});
    if (own !== askedRest || !answer.ok) return;
    const typed = [...rest.querySelectorAll("textarea, input")].filter(each => each.checked !== each.defaultChecked || each.value !== each.defaultValue);
    rest.innerHTML = text; // made by this server, every value escaped
    sayRest();
    for (const old of typed) for (const each of rest.querySelectorAll(`[name="${CSS.escape(old.name)}"]`))
      if (each.type !== "radio" || each.value === old.value) { each.value = old.value; each.checked = old.checked; }
    document.dispatchEvent(new Event("jianbao-texts"));
  } catch { /* the server is gone: the news say so */ } finally { if (own === askedRest) rest.removeAttribute("aria-busy"); }
}
// How much more is to be read is said beside the source, and what its kind leaves out beside that answer.
function sayRest() {
  const effect = rest.querySelector("[data-effect]"), places = rest.closest("form").querySelectorAll("[data-effect-here]");
  const isOwn = places.length === 1 && places[0].closest("label").querySelector("input").checked;
  if (isOwn) places[0].textContent = effect?.textContent ?? "";
  if (isOwn) effect?.remove();
  const count = rest.querySelectorAll("fieldset").length, said = document.querySelector("[data-fill] [role=status]");
  if (count && said?.textContent) said.textContent = said.dataset.more.replace("{count}", count);
}

if (rest) {
  rest.closest("form").addEventListener("change", event => { if (!rest.contains(event.target)) askRest(); });
  askRest();
}

const PAUSE = 400; // milliseconds without a key, after which what was typed is read

// What is said of a source in one sentence goes into the fields below it, not over what somebody has typed there.
for (const box of document.querySelectorAll("[data-fill]")) {
  const at = box.dataset.fill, form = box.closest("form"), said = box.querySelector("[role=status]"), filled = {};
  const sentence = box.querySelector("textarea"), english = form.elements[`producer_en.${at}`];

  async function fill() {
    const text = sentence.value, body = new URLSearchParams({fill: at, [sentence.name]: text});
    let reply;
    try { reply = JSON.parse((await part("/changes/source", {method: "POST", body}))[1]); } catch { return; } // the news say that the server is gone
    if (text !== sentence.value) return;
    for (const field of form.querySelectorAll(`.new-row input[name$=".${at}"]`)) {
      const key = field.name.split(".")[0], now = reply.fields[key] ?? "";
      if (field.value === now || field.value !== (filled[key] ?? "")) continue;
      field.value = filled[key] = now;
      field.dispatchEvent(new Event("input"));
    }
    const isAsked = reply.english && form.elements[`producer.${at}`].value === reply.fields.producer;
    english.closest("div").hidden = !(isAsked || english.value);
    const own = form.querySelector(`[name="reprint.${at}"]`); // chosen with its effect, once there is a source
    if (own && Object.keys(reply.fields).length && !form.querySelector(`[name="reprint.${at}"]:checked`)) own.checked = true;
    askRest();
    tell();
    said.textContent = !text.trim() ? "" : Object.keys(reply.fields).length ? said.dataset.said : said.dataset.nothing;
  }
  // One line says what was filled in; the fields are opened where one that is needed is empty.
  const line = form.querySelectorAll(".told")[at], fields = form.querySelectorAll(".fields")[at], counts = box.closest("fieldset").querySelector("[data-counts]");
  const valueOf = key => form.elements[`${key}.${at}`].value.trim();
  function tell() {
    const title = valueOf("title").replace(/^《|》$/g, ""), page = valueOf("pages"), isChinese = document.documentElement.lang.startsWith("zh");
    const called = [title && (isChinese ? `《${title}》` : `“${title}”`), valueOf("title_en")].filter(Boolean);
    const words = valueOf("note"), details = [valueOf("producer"), valueOf("published"), page && line.dataset.page.replace("{number}", page), valueOf("url"), words && line.dataset.words.replace("{words}", words)];
    line.textContent = [...called, ...details].filter(Boolean).join(isChinese ? "，" : ", ");
    if (counts) counts.hidden = counts.dataset.counts.split(/\s*[,，·]\s*/).some(part => part.length >= 4 && !/\d/.test(part) && words.includes(part));
    line.hidden = !line.textContent;
    const needed = ["title", "producer", "published"];
    if (!english.closest("div").hidden) needed.push("producer_en");
    if ("english" in line.dataset && /[一-鿿]/.test(title)) needed.push("title_en");
    if (line.textContent && needed.some(key => !valueOf(key))) fields.open = true;
  }
  let waiting = 0;
  sentence.addEventListener("input", event => {
    clearTimeout(waiting);
    if (!event.isComposing) waiting = setTimeout(fill, event.inputType?.startsWith("insertFrom") ? 0 : PAUSE);
  });
  sentence.addEventListener("change", fill); // typed, and left
  box.querySelector("button").hidden = true; // for those without scripts
  fields.addEventListener("input", tell);
  tell();
}

// What somebody looks at once is the first step of a page; from then on, its blue button is the next one for them.
// data-once names who that is, because the next person may sign in with the same browser.
const once = $("[data-once]"), then = $("[data-then]");
const turnToNext = () => { once.classList.remove("main"); then.classList.add("main"); };
if (once && then) {
  const seen = "seen " + once.dataset.once + once.getAttribute("href");
  if (sessionStorage.getItem(seen)) turnToNext();
  once.addEventListener("click", () => { sessionStorage.setItem(seen, "yes"); turnToNext(); });
}

// What is called how, once a file is asked for: only the browser knows when it has arrived, so nothing else is claimed.
document.addEventListener("click", event => {
  const link = event.target.closest("a[data-file]"), said = $("#fetched");
  if (!link) return;
  link.closest("p, ul").after(said);
  said.hidden = false;
  said.textContent = said.dataset[link.target ? "opens" : "saves"].replace("{file}", link.dataset.file);
});

if (sheet) {
  sheet.addEventListener("load", listen);
  if (sheet.contentDocument?.readyState === "complete") listen();
}
if (others) { sayHere(); setInterval(sayHere, 20000); }
follow();
followJob();
