// A sentence whose placeholders are chips: they can be moved or deleted as a whole, and never broken.
"use strict";
(() => {
  const HOLE = /\{\{[^{}]*\}\}/g;
  const GAP = "\u200b"; // nothing is seen of it
  let last = null;

  // A chip shows what is printed there, or else what its fact is called; what is written of it stays in `data-text`.
  function called(inside, filled) {
    const fact = inside.split("|")[0].trim(), option = document.querySelector(`#fact-names option[data-fact="${CSS.escape(fact)}"]`);
    const [name, value] = option ? [option.dataset.name, option.dataset.value] : [fact, ""];
    const printed = filled[inside] ?? value;
    return {shown: printed || name, title: name};
  }

  function chip(text, filled = {}) {
    const made = document.createElement("span");
    const inside = text.replace(/^\{\{\s*|\s*\}\}$/g, ""), {shown, title} = called(inside, filled);
    made.className = "chip"; made.contentEditable = "false"; made.title = title === inside ? title : `${title} (${inside})`; made.textContent = shown;
    made.dataset.text = text;
    return made;
  }

  function fill(box, text, filled) {
    let at = 0; box.replaceChildren();
    for (const match of text.matchAll(HOLE)) {
      box.append(text.slice(at, match.index) || GAP, chip(match[0], filled)); // a place for the caret before each chip
      at = match.index + match[0].length;
    }
    box.append((text.slice(at) || GAP)); // and behind the last one
  }

  function read(node) {
    let text = "";
    for (const each of node.childNodes)
      text += each.nodeType === Node.TEXT_NODE ? each.data : each.classList?.contains("chip") ? each.dataset.text : read(each);
    return text.replaceAll(GAP, "");
  }

  // Put the caret before or behind a chip, in the text there.
  function putCaret(made, behind) {
    const side = behind ? "nextSibling" : "previousSibling";
    if (made[side]?.nodeType !== Node.TEXT_NODE) made[behind ? "after" : "before"](GAP);
    const text = made[side];
    getSelection().collapse(text, behind ? 0 : text.data.length);
  }

  // Return the chip beside the caret, before it or behind it, if nothing that is seen stands between them.
  function besideCaret(behind) {
    const chosen = getSelection(), node = chosen.anchorNode;
    if (!chosen.isCollapsed || node?.nodeType !== Node.TEXT_NODE) return null;
    const between = behind ? node.data.slice(chosen.anchorOffset) : node.data.slice(0, chosen.anchorOffset);
    const beside = behind ? node.nextSibling : node.previousSibling;
    return !between.replaceAll(GAP, "") && beside?.classList?.contains("chip") ? beside : null;
  }

  // A number that somebody types is refused when the text is written: the facts that have it are offered in its place.
  const MOST_OFFERED = 4;

  function typedIn(box) {
    const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT, node =>
      node.parentElement.closest(".chip") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const found = /\d+(?:[.,]\d+)*/.exec(node.data);
      if (found) return {node, number: found[0], at: found.index};
    }
    return null;
  }

  function offerFacts(box, said) {
    const typed = typedIn(box), words = document.querySelector(".insert[data-typed]");
    said.replaceChildren(); said.hidden = !typed;
    if (!typed || !words) return;
    const text = document.createElement("span"); text.className = "bad"; text.textContent = words.dataset.typed.replace("{number}", typed.number) + " ";
    said.append(text);
    const alone = value => value === typed.number || /^\s*[（(\[]/.test(value.slice(typed.number.length)) && value.startsWith(typed.number);
    const options = [...document.querySelectorAll("#fact-names option")].filter(each => alone(each.dataset.value)).slice(0, MOST_OFFERED);
    for (const option of options) {
      const button = document.createElement("button"); button.type = "button"; button.textContent = words.dataset.replace.replace("{fact}", option.value);
      button.addEventListener("click", () => {
        const range = document.createRange(); range.setStart(typed.node, typed.at); range.setEnd(typed.node, typed.at + typed.number.length);
        box.focus(); getSelection().removeAllRanges(); getSelection().addRange(range);
        document.execCommand("insertHTML", false, chip(`{{ ${option.dataset.fact} }}`).outerHTML);
      });
      said.append(button, " ");
    }
  }

  function dress(area) {
    const box = document.createElement("div");
    box.className = "chips"; box.contentEditable = "true"; box.lang = area.lang; box.spellcheck = true;
    box.setAttribute("role", "textbox"); box.setAttribute("aria-multiline", "true");
    box.setAttribute("aria-labelledby", area.id + "-label");
    const label = document.querySelector(`label[for="${area.id}"]`);
    label.id = area.id + "-label"; label.addEventListener("click", () => box.focus());
    fill(box, area.value, JSON.parse(area.dataset.filled));
    area.after(box); area.hidden = true;
    area.parentElement.querySelector(".printed")?.remove(); // the chips show it
    const said = document.createElement("p"); said.className = "typed-number"; said.hidden = true; said.setAttribute("role", "status");
    box.after(said);
    box.addEventListener("input", event => {
      area.value = read(box).replaceAll("\n", " ");
      if (!event.isComposing) offerFacts(box, said);
    });
    box.addEventListener("mousedown", event => {
      const made = event.target.closest(".chip");
      if (!made || event.button) return;
      event.preventDefault(); box.focus();
      const seen = made.getBoundingClientRect();
      putCaret(made, event.clientX > seen.left + seen.width / 2);
    });
    box.addEventListener("keydown", event => {
      if (event.isComposing) return;
      if (event.key === "Enter") event.preventDefault();
      const deleting = event.key === "Backspace" || event.key === "Delete";
      const made = deleting && besideCaret(event.key === "Delete");
      if (!made) return;
      event.preventDefault();
      const range = document.createRange(); range.selectNode(made);
      getSelection().removeAllRanges(); getSelection().addRange(range);
      document.execCommand("delete");
    });
    box.addEventListener("paste", event => {
      event.preventDefault();
      document.execCommand("insertText", false, event.clipboardData.getData("text/plain").replace(/\s+/g, " "));
    });
    for (const kind of ["copy", "cut"]) box.addEventListener(kind, event => {
      const chosen = getSelection();
      if (!chosen.rangeCount) return;
      const piece = document.createElement("div"); piece.append(chosen.getRangeAt(0).cloneContents());
      event.clipboardData.setData("text/plain", read(piece)); event.preventDefault();
      if (kind === "cut") document.execCommand("delete");
    });
    box.addEventListener("blur", () => {
      const chosen = getSelection();
      if (chosen.rangeCount && box.contains(chosen.anchorNode)) last = {box, range: chosen.getRangeAt(0).cloneRange()};
    });
  }
  const dressAll = () => document.querySelectorAll("textarea[data-chips]:not([hidden])").forEach(dress);
  dressAll();
  document.addEventListener("jianbao-texts", dressAll); // of texts that come later

  // Who leaves the page by another way than the form's button is asked, as the text would be lost.
  let sent = false;
  document.addEventListener("submit", event => { if (event.target.querySelector("textarea[data-chips]")) sent = true; });
  window.addEventListener("beforeunload", event => {
    const typed = [...document.querySelectorAll("textarea[data-chips]")].some(area => area.value !== area.defaultValue);
    if (typed && !sent) event.preventDefault();
  });

  document.querySelector("#put-in")?.addEventListener("click", () => {
    const name = document.querySelector("#fact-name"), box = last?.box ?? document.querySelector(".chips");
    if (!name.value.trim() || !box) return;
    box.focus();
    if (last) { const chosen = getSelection(); chosen.removeAllRanges(); chosen.addRange(last.range); }
    const typed = name.value.trim(), option = [...document.querySelectorAll("#fact-names option")].find(each => each.value === typed);
    const made = chip(`{{ ${option ? option.dataset.fact : typed} }}`);
    document.execCommand("insertHTML", false, made.outerHTML);
    name.value = "";
  });
})();
