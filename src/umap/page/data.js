// What the exporter left in the page: base64 in script elements of a type that no browser runs. A block is taken out
// of the document once it is read, so that its text does not stay in memory beside what was made of it.
function takeBlock(id) {
  const element = document.getElementById(id);
  if (!element) return null;
  const text = atob(element.textContent.trim());
  element.remove();
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i);
  return bytes;
}

async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

// One object for all glyphs, column by column: at 21,000 of them an object each would cost both memory and frames.
function makePoints(data) {
  const columns = data.points;
  const points = {
    count: data.count,
    x: Float32Array.from(columns.x),
    y: Float32Array.from(columns.y),
    code: Uint32Array.from(columns.code),
    name: columns.name ?? null,
    radical: Uint8Array.from(columns.radical),
    strokes: Uint8Array.from(columns.strokes),
    layout: Uint32Array.from(columns.layout), // a table of layouts may name any number
    block: Uint16Array.from(columns.block),
    split: Uint8Array.from(columns.split),
    meaning: (i) => columns.captions[columns.caption[i]] ?? "",
    character: (i) => (points.code[i] ? String.fromCodePoint(points.code[i]) : ""),
    codePoint: (i) => (points.code[i] ? codePointText(points.code[i]) : ""),
    // What a glyph is called where there is room for one word.
    label: (i) => points.codePoint(i) || points.name?.[i] || `picture ${i}`,
    indexOfCode: new Map(),
  };
  points.code.forEach((code, i) => code && points.indexOfCode.set(code, i));
  points.hasCodes = points.indexOfCode.size > 0;
  return points;
}

function codePointText(code) {
  return `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
}

async function readData() {
  const bytes = takeBlock("map-data");
  if (!bytes) throw new Error("this page holds no data");
  const data = JSON.parse(await inflate(bytes));
  return { ...data, points: makePoints(data), layouts: data.points.layouts, blocks: data.points.blocks };
}
