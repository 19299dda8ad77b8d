"use strict";
// Reads the rows, filters and sorts them, and draws those that are in sight. Texts of the sheet only ever become text
// nodes. The counts and the charts stand in the page without this script; here they become filters.
(() => {
  const $ = (id) => document.getElementById(id);
  const head = JSON.parse($("head").textContent);
  const [ROW, SKU, VERDICT, IMAGES, RULE] = [1, 2, 4, 5, 6];
  const MARKS = head.columns.length, ALSO = MARKS + 1;
  const tones = new Map(head.verdicts.map(([verdict, tone]) => [verdict, tone]));
  const meanings = new Map(head.verdicts.map(([verdict, , meaning]) => [verdict, meaning]));
  // Without sheets, their column is empty.
  const columns = head.columns.map((name, place) => ({ name, place })).filter(({ place }) => place > 0 || head.has_sheets);
  const widths = [11, 7, 20, 22, 12, 11, 22, 46, 34, 11, 8];
  // Browsers draw nothing below some 17 million pixels; beyond this, scrolling is scaled.
  const TALLEST = 8000000;
  // Work is cut into slices, so that typing and scrolling never wait for long.
  const SLICE = 12;

  const rows = []; // each: a cell for each column, and the places that its reasons name
  const texts = []; // each: what a search looks through
  let found = []; // places in `rows`, as they are shown
  let active = 0; // place in `found`
  let turn = 0; // of two filterings at once, the later one counts
  const wanted = { text: "", verdicts: new Set(), rule: "", column: "", images: "" };
  const order = { column: null, isUp: true };
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
      if (rows.length <= 1000) show(rows.map((_, place) => place));
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
    if (order.column !== null) {
      const rank = ranked(order.column);
      const way = order.isUp ? 1 : -1;
      places.sort((one, other) => way * (rank[one] - rank[other]) || one - other);
    }
    active = 0;
    box.scrollTop = 0;
    show(places);
    $("count").textContent = `${counted(found.length)} of ${head.rows.toLocaleString("en")}`;
    table.setAttribute("aria-busy", "false");
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
    $("sort").value = order.column === null ? "" : `${order.isUp ? "" : "-"}${order.column}`;
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
    Object.assign(order, { column: null, isUp: true });
    filter();
  }

  function sortBy(column) {
    // Up, down, and as in the sheet.
    if (order.column !== column) Object.assign(order, { column, isUp: true });
    else if (order.isUp) order.isUp = false;
    else Object.assign(order, { column: null, isUp: true });
    filter();
  }

  // ---- drawing ----

  function show(places) {
    found = places;
    table.setAttribute("aria-rowcount", String(found.length + 1));
    draw();
  }

  let rowHeight = 32;
  const height = () => Math.min(found.length * rowHeight, TALLEST);
  const fits = () => Math.max(1, Math.floor((box.clientHeight - table.tHead.offsetHeight) / rowHeight));

  // The row at the upper edge.
  function first() {
    if (found.length * rowHeight <= TALLEST) return Math.floor(box.scrollTop / rowHeight);
    const share = box.scrollTop / Math.max(1, box.scrollHeight - box.clientHeight);
    return Math.round(share * Math.max(0, found.length - fits()));
  }

  function scrollTo(place) {
    if (found.length * rowHeight <= TALLEST) box.scrollTop = place * rowHeight;
    else box.scrollTop = (place / Math.max(1, found.length - fits())) * (box.scrollHeight - box.clientHeight);
  }

  function draw() {
    const isScaled = found.length * rowHeight > TALLEST;
    const from = Math.max(0, Math.min(first(), found.length - 1) - (isScaled ? 0 : 4));
    const until = Math.min(found.length, from + fits() + 9);
    const made = [];
    for (let place = from; place < until; place++) made.push(line(place));
    shown.replaceChildren(...made);
    const top = isScaled ? Math.min(box.scrollTop, height() - fits() * rowHeight) : from * rowHeight;
    above.style.height = `${top}px`;
    below.style.height = `${Math.max(0, height() - top - made.length * rowHeight)}px`;
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
      if (row[MARKS].includes(column)) cell.classList.add("marked");
      made.append(cell);
    }
    return made;
  }

  // Rows are as high as the style makes them.
  function measure() {
    const height = shown.rows.length ? shown.rows[0].getBoundingClientRect().height : 0;
    if (height > 0 && Math.abs(height - rowHeight) > 0.1) {
      rowHeight = height;
      draw();
    }
  }

  // ---- moving ----

  function move(to) {
    if (found.length === 0) return;
    active = Math.max(0, Math.min(found.length - 1, to));
    const upper = first();
    if (active < upper + 1) scrollTo(active);
    else if (active >= upper + fits()) scrollTo(active - fits() + 1);
    draw();
  }

  const steps = {
    ArrowDown: () => active + 1,
    ArrowUp: () => active - 1,
    PageDown: () => active + fits(),
    PageUp: () => active - fits(),
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

  function choices(select, none, pairs) {
    const option = (text, value) => { const made = element("option", text); made.value = value; return made; };
    select.replaceChildren(option(none, ""), ...pairs.map(([text, value]) => option(text, value)));
    select.closest("label").hidden = pairs.length === 0;
  }

  function furnish() {
    const named = (name) => [...document.querySelectorAll(`[data-${name}]`)].map((button) => [button.querySelector(".name").textContent, button.dataset[name]]);
    choices($("rule"), "all", named("rule"));
    choices($("column"), "all", named("column"));
    choices($("images"), "all", head.images.length > 1 ? head.images.map((word) => [word, word]) : []);
    choices($("sort"), "row of the sheet", columns.flatMap(({ name, place }) => [[name, String(place)], [`${name}, downwards`, `-${place}`]]));
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
      Object.assign(order, value === "" ? { column: null, isUp: true } : { column: Math.abs(Number(value)), isUp: !value.startsWith("-") });
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
