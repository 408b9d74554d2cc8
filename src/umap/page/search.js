// Search by character, code point or word. All that is found is ringed on the map; the list shows the first hundred.
const listedResults = 100;

function findGlyphs(points, query) {
  const text = query.trim();
  if (!text) return [];
  const hits = new Set();
  const add = (code) => points.indexOfCode.has(code) && hits.add(points.indexOfCode.get(code));
  // U+ with any number of digits, or four to six digits alone; "face" may be both a code point and a word.
  const code = /^(?:u\+|0x)([0-9a-f]{1,6})$/i.exec(text)?.[1] ?? /^[0-9a-f]{4,6}$/i.exec(text)?.[0];
  if (code) add(parseInt(code, 16));
  for (const character of text) add(character.codePointAt(0));
  if (/[\p{L}\p{N}]/u.test(text)) {
    const words = wordMatches(points, text);
    // Where a word begins is known of English letters only.
    const matches = words.length > 0 || isAscii(text) ? words : textMatches(points, text);
    matches.forEach((i) => hits.add(i));
  }
  return [...hits];
}

const isAscii = (text) => [...text].every((character) => character.codePointAt(0) < 128);

// Meanings and names that hold a text anywhere.
function textMatches(points, text) {
  const wanted = text.toLowerCase();
  const holds = (where) => where.toLowerCase().includes(wanted);
  return d3.range(points.count).filter((i) => holds(points.meaning(i)) || holds(points.name?.[i] ?? ""));
}

// Meanings that begin with the word, then those with it as one of several, then those that hold it, then those with a
// word that begins so, as names of files may. The common block comes before the rare characters of the extensions.
function wordMatches(points, text) {
  const literal = text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const ranks = [
    new RegExp(`^(to |an? |the )?${literal}([^a-z]|$)`, "i"),
    new RegExp(`[;,] *(to |an? |the )?${literal} *($|[;,(])`, "i"),
    new RegExp(`(^|[^a-z])${literal}([^a-z]|$)`, "i"),
    new RegExp(`(^|[^a-z])${literal}`, "i"),
  ];
  const ranked = ranks.flatMap(() => [[], []]);
  for (let i = 0; i < points.count; i += 1) {
    const meaning = points.meaning(i);
    let rank = ranks.findIndex((pattern) => pattern.test(meaning));
    if (rank < 0 && points.name && ranks[3].test(points.name[i] ?? "")) rank = 3;
    if (rank >= 0) ranked[2 * rank + (points.code[i] >= 0x4e00 ? 0 : 1)].push(i);
  }
  return ranked.flat();
}

function startSearch(map, view) {
  const { points } = map;
  const query = document.getElementById("query");
  const found = document.getElementById("found");
  const results = document.getElementById("results");
  if (!points.hasCodes) query.placeholder = points.name ? "name of a file" : "a word of the caption";

  function choose(index) {
    if (!state.pins.includes(index)) togglePin(index);
    view.fly([points.x[index], points.y[index]], view.closeUp);
  }

  function resultOf(index) {
    const name = [points.character(index), points.label(index)].filter(Boolean).join(" ");
    return element("li", {}, element("button", { type: "button", "data-index": index, onclick: () => choose(index) },
      glyphCanvas(map.tiles, index, ""), element("span", {}, element("b", {}, name), points.meaning(index))));
  }

  function list() {
    const { length } = state.found;
    results.replaceChildren(...state.found.slice(0, listedResults).map(resultOf));
    results.scrollTop = 0;
    const count = length === 0 ? "nothing found" : `${length} found${length > listedResults ? `, the first ${listedResults} listed` : ""}`;
    found.replaceChildren(...(query.value.trim() === "" ? [] : [element("span", {}, count)]));
    if (length > 1) {
      const select = () => { state.selection = [...state.found]; signals.call("selection"); };
      found.append(element("button", { type: "button", class: "quiet", onclick: select }, "select all"));
    }
  }

  let pause = 0;
  query.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(() => {
      state.found = findGlyphs(points, query.value);
      list();
      signals.call("found");
    }, 120);
  });
  query.addEventListener("keydown", (event) => {
    if (event.isComposing) return; // the key is the input method's
    if (event.key === "Enter") {
      state.found = findGlyphs(points, query.value); // the pause may not be over
      list();
      signals.call("found");
      if (state.found.length > 0) choose(state.found[0]);
    } else if (event.key === "ArrowDown") {
      results.querySelector("button")?.focus();
      event.preventDefault();
    }
  });
  results.addEventListener("keydown", (event) => {
    const sibling = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
    if (!sibling) return;
    (document.activeElement.parentElement[sibling]?.firstElementChild ?? query).focus();
    event.preventDefault();
  });
}

function clearSearch() {
  const query = document.getElementById("query");
  query.value = "";
  query.dispatchEvent(new Event("input"));
}
