// A table whose cells are changed in place: one field moves into the cell that is chosen. What is pasted is read on the server.
"use strict";
(() => {
  const grid = document.querySelector("#grid");
  const body = grid.tBodies[0], heads = [...grid.tHead.rows[0].cells];
  const address = "/data/" + grid.dataset.table;
  let field = null, cell = null, before = "", opened = "", composing = false;

  const column = at => heads[at.cellIndex].dataset;
  const row = at => at.parentElement.dataset.row;
  const words = heads.map(head => JSON.parse(head.dataset.words ?? "{}"));

  // What a cell holds stays in it and is what is copied; what it is called is what is shown.
  function write(at, text) {
    const known = words[at.cellIndex], parts = text.split(";").map(part => part.trim());
    at.textContent = text;
    if (parts.some(part => Object.hasOwn(known, part))) { at.dataset.called = parts.map(part => known[part] ?? part).join(document.documentElement.lang.startsWith("zh") ? "；" : "; "); at.title = text; }
    else { delete at.dataset.called; at.removeAttribute("title"); }
  }

  function choose(at) {
    if (!at || at.tagName !== "TD") return;
    const focused = body.querySelector("td[tabindex='0']");
    if (focused) focused.tabIndex = -1;
    at.tabIndex = 0; at.focus();
    document.querySelector("#row-number").value = row(at);
    openedRow(row(at));
  }

  function edit(at, typed = null) {
    if (!("writable" in grid.dataset)) return;
    cell = at; before = at.textContent;
    const kind = column(at), choices = kind.choices ? ["", ...kind.choices.split("|")] : null;
    field = document.createElement(choices ? "select" : "input");
    if (choices) for (const each of choices) field.add(new Option(words[at.cellIndex][each] ?? each, each));
    else { field.autocomplete = "off"; if (kind.list) field.setAttribute("list", kind.list); }
    field.value = typed ?? (choices || kind.type === "sources" ? before : at.dataset.called ?? before);
    opened = field.value;
    field.setAttribute("aria-label", grid.dataset.edit.replace("{column}", heads[at.cellIndex].textContent).replace("{row}", row(at)));
    delete at.dataset.called; // what it was called is not what is typed
    at.textContent = ""; at.append(field); field.focus();
    if (typed === null && field.select) field.select();
    field.addEventListener("blur", () => keep(null));
  }

  function close(text) {
    const made = field, at = cell;
    field = cell = null;
    made.remove(); write(at, text);
    return at;
  }

  async function keep(next) {
    if (!field) return;
    const value = field.value === opened ? before : field.value.trim(), old = before, at = close(value);
    if (next) choose(next);
    if (value === old) return;
    await send("/cell", {row: row(at), column: column(at).column, old, new: value}, at, old);
  }

  async function send(where, values, at, old) {
    const answer = await fetch(address + where, {method: "POST", body: new URLSearchParams(values), headers: {"X-Fragment": "yes"}});
    const conflict = document.querySelector("#conflict");
    if (answer.status === 409 && answer.headers.get("content-type") === "application/json") {
      const both = await answer.json();
      conflict.textContent = conflict.dataset.said.replace("{theirs}", both.theirs).replace("{yours}", both.yours);
      conflict.hidden = false; if (at) write(at, both.theirs);
      return;
    }
    if (!answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      conflict.textContent = page.querySelector(".problems")?.textContent.trim() ?? answer.status; conflict.hidden = false;
      if (at) write(at, old);
      return;
    }
    conflict.hidden = true;
    show(await answer.json());
  }

  function show(reply) {
    for (const each of body.querySelectorAll("td.drafted")) { each.classList.remove("drafted"); delete each.dataset.was; }
    for (const {row, column, text, was} of reply.cells) {
      const at = find(row, column);
      if (at) { at.classList.add("drafted"); at.dataset.was = was; if (at !== cell) write(at, text); }
    }
    document.querySelector("#draft-count").textContent = reply.count;
    document.querySelector("#draft-bar").hidden = !reply.count;
    const next = document.querySelector("#draft-next");
    next.textContent = reply.asks ? next.dataset.asks : next.dataset.sees;
    problems(reply.problems);
  }

  function find(number, name) {
    const line = document.getElementById("row-" + number), place = heads.findIndex(head => head.dataset.column === name);
    return line && place > 0 ? line.cells[place] : null;
  }

  function problems(found) {
    for (const each of body.querySelectorAll("td.wrong")) each.classList.remove("wrong");
    document.querySelector("#cell-problems").replaceChildren(...found.map(problem => {
      const box = document.createElement("div"); box.className = "problems";
      for (const line of [problem.place || problem.where, problem.what, ...problem.hints]) {
        const said = document.createElement("p"); said.textContent = line; box.append(said);
      }
      for (const place of problem.places) find(...place)?.classList.add("wrong");
      return box;
    }));
  }

  function beside(at, down, right) {
    const line = body.rows[at.parentElement.sectionRowIndex + down];
    const found = line?.cells[at.cellIndex + right];
    return found?.tagName === "TD" ? found : at;
  }

  grid.addEventListener("compositionstart", () => { composing = true; });
  grid.addEventListener("compositionend", () => { composing = false; });
  body.addEventListener("mousedown", event => {
    const at = event.target.closest("td");
    if (at && !field) { event.preventDefault(); choose(at); }
  });
  body.addEventListener("dblclick", event => { const at = event.target.closest("td"); if (at && !field) edit(at); });
  body.addEventListener("keydown", event => {
    if (composing || event.isComposing) return;
    const at = cell ?? event.target.closest("td");
    if (!at) return;
    const step = {ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1]}[event.key];
    if (field) {
      if (event.key === "Enter") { event.preventDefault(); keep(at); }
      else if (event.key === "Escape") { event.preventDefault(); choose(close(before)); }
      return;
    }
    if (event.key === "Escape" && "was" in at.dataset) {
      const old = at.textContent, was = at.dataset.was;
      write(at, was);
      send("/cell", {row: row(at), column: column(at).column, old, new: was}, at, old);
    } else if (step) { event.preventDefault(); choose(beside(at, ...step)); }
    else if (event.key === "Enter" || event.key === "F2") { event.preventDefault(); edit(at); }
    else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) { event.preventDefault(); edit(at, event.key); }
  });
  body.addEventListener("paste", event => {
    if (field || !("writable" in grid.dataset)) return;
    const at = event.target.closest("td"), block = event.clipboardData.getData("text/plain");
    if (!at || !block) return;
    event.preventDefault();
    send("/paste", {row: row(at), column: column(at).column, block}, null, "");
  });
  grid.tHead.addEventListener("click", event => {
    const head = event.target.closest("th[data-column]");
    if (!head) return;
    const up = head.getAttribute("aria-sort") !== "ascending", place = head.cellIndex;
    heads.forEach(each => each.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const number = ["number", "integer"].includes(head.dataset.type);
    const value = line => number ? Number(line.cells[place].textContent) || 0 : line.cells[place].dataset.called ?? line.cells[place].textContent;
    const order = (one, other) => number ? value(one) - value(other) : value(one).localeCompare(value(other), "zh");
    body.append(...[...body.rows].sort((one, other) => up ? order(one, other) : order(other, one)));
  });
  for (const each of body.querySelectorAll("td")) each.tabIndex = -1;
  const first = body.querySelector("tr.wanted td") ?? body.querySelector("td");
  if (first) first.tabIndex = 0;
  body.querySelector("tr.wanted")?.scrollIntoView({block: "center"});
  // Who comes from what was found types at once over the number that was looked for.
  const asked = new URLSearchParams(location.search), sought = asked.get("find")?.match(/\d+(?:\.\d+)?/g) ?? [];
  const numbers = [...body.querySelectorAll("tr.wanted td")].filter(at => ["integer", "number"].includes(column(at).type));
  const number = numbers.find(at => sought.includes(at.textContent)) ?? (numbers.length === 1 ? numbers[0] : null);
  const named = find(asked.get("row"), asked.get("column")) ?? number;
  if (named) choose(named);
  if (named && named === number) edit(named);
})();
