"use strict";
// Reads the rows, filters and sorts them, and draws those that are in sight. Texts of the sheet only ever become text
// nodes. The counts and the charts stand in the page without this script; here they become filters.
(() => {
  const $ = (id) => document.getElementById(id);
  const head = JSON.parse($("head").textContent);
  const [SHEETS, ROW, SKU, PRODUCT, VERDICT, IMAGES, RULE, MESSAGE, HELP] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  // The columns whose texts are shown whole, on as many lines as that takes.
  const LINED = [SHEETS, SKU, PRODUCT, RULE, MESSAGE, HELP];
  const MARKS = head.columns.length, NEED = MARKS + 1, ALSO = MARKS + 2;
  // The orders that are no column's.
  const SHEET = -1;
  const tones = new Map(head.verdicts.map(([verdict, tone]) => [verdict, tone]));
  const meanings = new Map(head.verdicts.map(([verdict, , meaning]) => [verdict, meaning]));
  // Without sheets, their column is empty.
  const columns = head.columns.map((name, place) => ({ name, place })).filter(({ place }) => place > 0 || head.has_sheets);
  const widths = [10, Math.max(6, String(head.rows).length + 3), 16, 10, 12.5, 10.5, 17, 31, 25, 11, 9];
  // Browsers draw nothing below some 17 million pixels; beyond this, scrolling is scaled.
  const TALLEST = 8000000;
  // Work is cut into slices, so that typing and scrolling never wait for long.
  const SLICE = 12;
  // A text of more lines is cut in the table; the row by itself shows it whole.
  const MOST_LINES = 30;
  // Where browsers break within a word; a hyphen in front of a number may be its sign.
  const BREAKS = /(?<=-)(?=\D)|(?<=[A-Za-z\d]-)(?=\d)|(?<=\?)(?=\w)/;

  const rows = []; // each: a cell for each column, the places of those at fault, how much it needs somebody
  const texts = []; // each: what a search looks through
  let found = []; // places in `rows`, as they are shown
  let active = 0; // place in `found`
  let turn = 0; // of two filterings at once, the later one counts
  const wanted = { text: "", verdicts: new Set(), rule: "", column: "", images: "" };
  const order = { column: NEED, isUp: true };
  const ranks = new Map(); // by column: the rank of each row

  const table = $("table"), box = $("box"), shown = $("shown"), details = $("details");
  const headRow = table.tHead.rows[0];
  const [above, below] = table.querySelectorAll(".gap td");

  const counted = (count) => count.toLocaleString("en") + (count === 1 ? " row" : " rows");
  const pause = () => new Promise((go) => { const { port1, port2 } = new MessageChannel(); port1.onmessage = go; port2.postMessage(0); });
  // Letters with marks can be written in two ways, which look alike.
  const folded = (text) => text.toLowerCase().normalize("NFC");
  const element = (name, text, className) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  };

  // Calls `each` for every place below `count`, in slices; gives up, and says so, where `isStale`.
  async function inSlices(count, isStale, each) {
    let until = performance.now() + SLICE;
    for (let place = 0; place < count; place++) {
      each(place);
      if (place % 256 === 255 && performance.now() > until) {
        await pause();
        if (isStale()) return false;
        until = performance.now() + SLICE;
      }
    }
    return true;
  }

  // ---- reading ----

  async function read() {
    for (const block of document.querySelectorAll("script.block")) {
      for (const row of JSON.parse(block.textContent)) {
        rows.push(row);
        texts.push(folded(row.slice(0, MARKS).join("\n")));
      }
      block.remove(); // its text is not needed twice
      if (rows.length <= 1000) show(sorted(rows.map((_, place) => place)));
      $("count").textContent = `reading: ${counted(rows.length)} of ${head.rows.toLocaleString("en")}`;
      await pause();
    }
  }

  // ---- filtering and sorting ----

  function matches(place) {
    const row = rows[place];
    return (wanted.verdicts.size === 0 || wanted.verdicts.has(row[VERDICT]))
      && (wanted.rule === "" || row[RULE] === wanted.rule || (row[ALSO] ?? []).includes(wanted.rule))
      && (wanted.images === "" || row[IMAGES] === wanted.images)
      && (wanted.column === "" || row[MARKS].includes(Number(wanted.column)))
      && (wanted.text === "" || texts[place].includes(wanted.text));
  }

  async function filter() {
    const mine = ++turn;
    const isStale = () => mine !== turn;
    table.setAttribute("aria-busy", "true");
    tell();
    const places = [];
    if (!(await inSlices(rows.length, isStale, (place) => { if (matches(place)) places.push(place); }))) return;
    active = 0;
    box.scrollTop = 0;
    show(sorted(places));
    $("count").textContent = `${counted(found.length)} of ${head.rows.toLocaleString("en")}`;
    table.setAttribute("aria-busy", "false");
  }

  function sorted(places) {
    if (order.column === SHEET) return places;
    const rank = ranked(order.column);
    const way = order.isUp ? 1 : -1;
    return places.sort((one, other) => way * (rank[one] - rank[other]) || one - other);
  }

  // Comparing is slow, so each value is compared once: rows are sorted by the rank of their value. Numbers come before
  // texts, and what is empty comes last.
  function ranked(column) {
    if (!ranks.has(column)) {
      const byText = new Intl.Collator(undefined, { numeric: true }).compare;
      const number = (value) => (value === "" ? NaN : Number(value));
      const values = [...new Set(rows.map((row) => row[column]))].filter((value) => value !== "");
      values.sort((one, other) => {
        const [a, b] = [number(one), number(other)];
        return isNaN(a) !== isNaN(b) ? (isNaN(a) ? 1 : -1) : a - b || byText(one, other);
      });
      const rankOf = new Map(values.map((value, rank) => [value, rank]));
      ranks.set(column, Float64Array.from(rows, (row) => rankOf.get(row[column]) ?? values.length));
    }
    return ranks.get(column);
  }

  // What is wanted, wherever it is shown.
  function tell() {
    for (const button of document.querySelectorAll("[data-verdict]")) press(button, wanted.verdicts.has(button.dataset.verdict));
    for (const button of document.querySelectorAll("[data-rule]")) press(button, wanted.rule === button.dataset.rule);
    for (const button of document.querySelectorAll("[data-column]")) press(button, wanted.column === button.dataset.column);
    const isAll = !wanted.text && !wanted.verdicts.size && !wanted.rule && !wanted.column && !wanted.images;
    press($("all"), isAll);
    for (const name of ["rule", "column", "images"]) $(name).value = wanted[name];
    $("sort").value = JSON.stringify(order);
    for (const cell of headRow.cells) {
      const isSorted = Number(cell.dataset.place) === order.column;
      cell.setAttribute("aria-sort", isSorted ? (order.isUp ? "ascending" : "descending") : "none");
    }
  }

  function press(button, isPressed) {
    button.setAttribute("aria-pressed", String(isPressed));
  }

  function all() {
    Object.assign(wanted, { text: "", verdicts: new Set(), rule: "", column: "", images: "" });
    $("search").value = "";
    Object.assign(order, { column: NEED, isUp: true });
    filter();
  }

  function sortBy(column) {
    // Up, down, and as at first.
    if (order.column !== column) Object.assign(order, { column, isUp: true });
    else if (order.isUp) order.isUp = false;
    else Object.assign(order, { column: NEED, isUp: true });
    filter();
  }

  // ---- drawing ----

  // Rows are as high as their longest text: how many lines that takes is counted, not drawn, so that it is known where
  // each row begins.
  let tops = new Float64Array(1); // where each row that was found begins, and where the last one ends
  let sizes = { base: 34, line: 20, width: {}, font: {}, isCard: false };
  let lines = new Map(); // by row: the lines of its texts
  const pens = new Map(); // by font

  function penOf(font) {
    if (!pens.has(font)) {
      const pen = document.createElement("canvas").getContext("2d"), known = new Map();
      pen.font = font;
      pens.set(font, (word) => {
        if (!known.has(word)) known.set(word, pen.measureText(word).width);
        return known.get(word);
      });
    }
    return pens.get(font);
  }

  // The lines that a text takes: broken between words, where a word allows it, and anywhere in what is too long.
  function linesOf(text, width, widthOf) {
    if (text === "") return 0;
    const space = widthOf(" ");
    let count = 1, used = 0;
    for (const word of text.trim().split(/[ \n]+/)) {
      let gap = used > 0 ? space : 0;
      for (const part of word.split(BREAKS)) {
        const length = widthOf(part);
        if (used > 0 && used + gap + length > width) { count++; used = gap = 0; }
        if (length <= width) used += gap + length;
        else {
          for (const letter of part) {
            if (used + widthOf(letter) > width) { count++; used = 0; }
            used += widthOf(letter);
          }
        }
        gap = 0;
      }
    }
    return Math.min(MOST_LINES, count);
  }

  function linesIn(place) {
    if (!lines.has(place)) {
      const counted = (column) => linesOf(String(rows[place][column]), sizes.width[column] ?? Infinity, penOf(sizes.font[column] ?? ""));
      lines.set(place, LINED.map(counted));
    }
    return lines.get(place);
  }

  function heightOf(place) {
    const isTold = rows[place][MESSAGE] !== "" || rows[place][HELP] !== "";
    if (sizes.isCard && !isTold) return sizes.base;
    const counts = linesIn(place);
    const [message, help] = counts.slice(-2);
    return sizes.base + sizes.line * (sizes.isCard ? message + help : Math.max(1, ...counts) - 1);
  }

  function stack() {
    tops = new Float64Array(found.length + 1);
    for (let at = 0; at < found.length; at++) tops[at + 1] = tops[at] + heightOf(found[at]);
  }

  function show(places) {
    found = places;
    table.setAttribute("aria-rowcount", String(found.length + 1));
    stack();
    draw();
    // The window may have changed while nothing was found.
    measure();
  }

  const view = () => Math.max(1, box.clientHeight - table.tHead.offsetHeight);
  const total = () => tops[found.length];
  const height = () => Math.min(total(), TALLEST);
  const isScaled = () => total() > TALLEST;

  // The row that is drawn at this height.
  function rowAt(top) {
    let [low, high] = [0, Math.max(0, found.length - 1)];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (tops[middle] <= top) low = middle; else high = middle - 1;
    }
    return low;
  }

  // The first row from which on all rows up to this one are in sight.
  function firstBefore(place) {
    const top = tops[place + 1] - view();
    const first = rowAt(Math.max(0, top));
    return Math.min(place, tops[first] < top ? first + 1 : first);
  }

  // The row at the upper edge.
  function first() {
    if (!isScaled()) return rowAt(box.scrollTop);
    const share = box.scrollTop / Math.max(1, box.scrollHeight - box.clientHeight);
    return Math.round(share * firstBefore(found.length - 1));
  }

  function scrollTo(place) {
    if (!isScaled()) box.scrollTop = tops[place];
    else box.scrollTop = (place / Math.max(1, firstBefore(found.length - 1))) * (box.scrollHeight - box.clientHeight);
  }

  function draw() {
    const upper = Math.min(first(), found.length - 1);
    const from = Math.max(0, upper - (isScaled() ? 0 : 4));
    const until = Math.min(found.length, rowAt(tops[Math.max(0, upper)] + view()) + 6);
    const made = [];
    for (let place = from; place < until; place++) made.push(line(place));
    shown.replaceChildren(...made);
    const drawn = found.length > 0 ? tops[until] - tops[from] : 0;
    const top = isScaled() ? Math.min(box.scrollTop, height() - Math.min(drawn, view())) : tops[from];
    above.style.height = `${top}px`;
    below.style.height = `${Math.max(0, height() - top - drawn)}px`;
    for (const gap of [above, below]) gap.parentElement.hidden = gap.style.height === "0px";
    if (found.length > 0 && active >= from && active < until) table.setAttribute("aria-activedescendant", `row-${active}`);
    else table.removeAttribute("aria-activedescendant");
  }

  // For the style: which column it is, or that it is the merchant's.
  function nameColumn(cell, column) {
    if (column < head.own) cell.dataset.is = head.columns[column];
    else cell.classList.add("typed");
  }

  function line(place) {
    const row = rows[found[place]];
    const made = element("tr");
    made.id = `row-${place}`;
    made.setAttribute("role", "row");
    made.setAttribute("aria-rowindex", String(place + 2));
    made.setAttribute("aria-selected", String(place === active));
    for (const { place: column } of columns) {
      const cell = element("td", column === VERDICT ? undefined : String(row[column]));
      cell.setAttribute("role", "gridcell");
      cell.dir = "auto";
      nameColumn(cell, column);
      if (column === VERDICT) cell.append(element("span", row[column], `tag ${tones.get(row[column])}`));
      if (LINED.includes(column)) cell.replaceChildren(element("span", row[column], "lines"));
      if (row[MARKS].includes(column)) cell.classList.add("marked");
      made.append(cell);
    }
    fitTo(made, linesIn(found[place]));
    return made;
  }

  // How high the style makes rows, and how wide their texts: learnt from a row that is drawn and taken away again.
  function measure() {
    if (found.length === 0) return;
    const probe = line(0);
    shown.append(probe);
    const width = {}, font = {};
    const texts = [...probe.querySelectorAll(".lines")];
    for (const text of texts) text.textContent = "";
    const heightWith = (count) => {
      fitTo(probe, LINED.map((column) => (column === MESSAGE ? count : 0)));
      return probe.getBoundingClientRect().height;
    };
    const [none, one, eleven] = [0, 1, 11].map(heightWith);
    for (const [at, column] of linedColumns().entries()) {
      width[column] = texts[at].getBoundingClientRect().width;
      font[column] = getComputedStyle(texts[at]).font;
    }
    probe.remove();
    const measured = { base: none, line: (eleven - one) / 10, width, font, isCard: one > none };
    if (measured.base === 0 || JSON.stringify(measured) === JSON.stringify(sizes)) return;
    sizes = measured;
    lines = new Map();
    stack();
    draw();
  }

  // Those that are shown, in their order.
  const linedColumns = () => LINED.filter((column) => columns.some(({ place }) => place === column));

  // For the style: how many lines its texts take.
  function fitTo(row, counts) {
    const texts = row.querySelectorAll(".lines");
    for (const [at, column] of linedColumns().entries()) texts[at].style.setProperty("--lines", counts[LINED.indexOf(column)]);
  }

  // ---- moving ----

  function move(to) {
    if (found.length === 0) return;
    active = Math.max(0, Math.min(found.length - 1, to));
    const upper = first();
    const edge = isScaled() ? tops[upper] : box.scrollTop;
    if (tops[active] < edge) scrollTo(active);
    else if (tops[active + 1] > edge + view()) scrollTo(firstBefore(active));
    draw();
  }

  const steps = {
    ArrowDown: () => active + 1,
    ArrowUp: () => active - 1,
    PageDown: () => Math.max(active + 1, rowAt(tops[active] + view())),
    PageUp: () => Math.min(active - 1, rowAt(tops[active] - view())),
    Home: () => 0,
    End: () => found.length - 1,
  };

  table.addEventListener("keydown", (event) => {
    if (event.target !== table || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in steps) move(steps[event.key]());
    else if (event.key === "ArrowRight") box.scrollLeft += 80;
    else if (event.key === "ArrowLeft") box.scrollLeft -= 80;
    else if (event.key === "Enter" || event.key === " ") open();
    else return;
    event.preventDefault();
  });

  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input, select, textarea");
    if (event.key !== "/" || isTyping || details.open || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    $("search").focus();
  });

  shown.addEventListener("click", (event) => {
    const row = event.target.closest("tr");
    if (!row || String(getSelection())) return;
    active = Number(row.id.slice("row-".length));
    open();
  });

  // ---- a row ----

  function open() {
    if (found.length === 0) return;
    describe();
    table.focus({ preventScroll: true }); // where the focus goes back to
    details.showModal();
  }

  function describe() {
    const row = rows[found[active]];
    const place = row[0] === "" ? `Row ${row[ROW]}` : `${row[0]}, row ${row[ROW]}`;
    $("details-title").textContent = row[SKU] === "" ? place : `${place}: ${row[SKU]}`;
    $("previous").disabled = active === 0;
    $("next").disabled = active === found.length - 1;
    $("told").replaceChildren(...columns.filter(({ place }) => place > ROW && place < head.own && row[place] !== "").flatMap(({ place, name }) => {
      const said = element("dd", undefined);
      said.dir = "auto";
      if (place === VERDICT) said.append(element("span", row[place], `tag ${tones.get(row[place])}`), ` ${meanings.get(row[place]) ?? ""}`);
      else said.textContent = String(row[place]);
      return [element("dt", name), said];
    }));
    $("typed").replaceChildren(...columns.filter(({ place }) => place >= head.own).flatMap(({ place, name }) => {
      const said = element("dd", row[place], row[place] === "" ? "empty" : "");
      said.dir = "auto";
      const term = element("dt", name);
      term.dir = "auto";
      if (row[place] === "") said.textContent = "empty";
      if (row[MARKS].includes(place)) {
        said.classList.add("marked");
        term.append(element("span", " at fault", "fault"));
      }
      return [term, said];
    }));
  }

  function turnTo(place) {
    move(place);
    describe();
    details.scrollTop = 0;
  }

  $("previous").addEventListener("click", () => turnTo(active - 1));
  $("next").addEventListener("click", () => turnTo(active + 1));
  $("close").addEventListener("click", () => details.close());
  details.addEventListener("click", (event) => { if (event.target === details) details.close(); });
  details.addEventListener("close", draw);

  // ---- the page ----

  function choices(select, pairs) {
    const option = ([text, value]) => { const made = element("option", text); made.value = value; return made; };
    select.replaceChildren(...pairs.map(option));
    select.closest("label").hidden = pairs.length < 2;
  }

  function furnish() {
    const named = (name) => [...document.querySelectorAll(`[data-${name}]`)].map((button) => [button.querySelector(".name").textContent, button.dataset[name]]);
    const all = ["all", ""];
    choices($("rule"), [all, ...named("rule")]);
    choices($("column"), [all, ...named("column")]);
    choices($("images"), [all, ...(head.images.length > 1 ? head.images.map((word) => [word, word]) : [])]);
    const way = (column, isUp) => JSON.stringify({ column, isUp });
    choices($("sort"), [
      ["what needs you first", way(NEED, true)],
      ["as in the sheet", way(SHEET, true)],
      ...columns.flatMap(({ name, place }) => [[name, way(place, true)], [`${name}, downwards`, way(place, false)]]),
    ]);
    let total = 0;
    for (const { name, place } of columns) {
      const width = place < head.own ? widths[place] ?? 14 : 16;
      const column = element("col");
      column.style.width = `${width}ch`;
      total += width;
      table.querySelector("colgroup").append(column);
      const cell = element("th");
      cell.scope = "col";
      cell.dataset.place = String(place);
      nameColumn(cell, place);
      cell.setAttribute("role", "columnheader");
      cell.setAttribute("aria-sort", "none");
      const button = element("button", name);
      button.type = "button";
      button.addEventListener("click", () => sortBy(place));
      cell.append(button);
      headRow.append(cell);
    }
    table.style.width = `${total}ch`;
    table.setAttribute("aria-colcount", String(columns.length));
    headRow.setAttribute("role", "row");
    for (const gap of [above, below]) gap.colSpan = columns.length;
  }

  function listen() {
    const toggle = (name, value) => { wanted[name] = wanted[name] === value ? "" : value; filter(); };
    $("all").addEventListener("click", all);
    for (const button of document.querySelectorAll("[data-verdict]")) {
      button.addEventListener("click", () => {
        const { verdict } = button.dataset;
        if (!wanted.verdicts.delete(verdict)) wanted.verdicts.add(verdict);
        filter();
      });
    }
    for (const button of document.querySelectorAll("[data-rule]")) button.addEventListener("click", () => toggle("rule", button.dataset.rule));
    for (const button of document.querySelectorAll("[data-column]")) button.addEventListener("click", () => toggle("column", button.dataset.column));
    $("search").addEventListener("input", (event) => { wanted.text = folded(event.target.value.trim()); filter(); });
    for (const name of ["rule", "column", "images"]) $(name).addEventListener("change", (event) => { wanted[name] = event.target.value; filter(); });
    $("sort").addEventListener("change", ({ target: { value } }) => {
      Object.assign(order, JSON.parse(value));
      filter();
    });
    $("filters").addEventListener("reset", (event) => { event.preventDefault(); all(); });
    $("filters").addEventListener("submit", (event) => { event.preventDefault(); table.focus(); });
    let isWaiting = false;
    box.addEventListener("scroll", () => {
      if (!isWaiting) requestAnimationFrame(() => { isWaiting = false; draw(); });
      isWaiting = true;
    });
    new ResizeObserver(() => { measure(); draw(); }).observe(box);
    // Paper has no scroll bar: what is found is printed, as far as that makes sense.
    addEventListener("beforeprint", () => {
      above.parentElement.hidden = below.parentElement.hidden = true;
      shown.replaceChildren(...found.slice(0, 2000).map((_, place) => line(place)));
    });
    addEventListener("afterprint", draw);
  }

  async function begin() {
    $("browse").hidden = false;
    furnish();
    listen();
    // Nobody wants to hear how far the reading is.
    $("count").setAttribute("aria-live", "off");
    await read();
    $("count").removeAttribute("aria-live");
    ranks.clear(); // those of a part of the rows
    measure();
    await filter();
  }

  begin();
})();
