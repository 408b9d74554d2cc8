// What an exported page holds, read without the page's own scripts, so that these are checked against something.
import { readFileSync, writeFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";

export function readPage(path) {
  const html = readFileSync(path, "utf8");
  const block = (id) => {
    const found = new RegExp(`<script type="application/octet-stream" id="${id}">([^<]*)</script>`).exec(html);
    return found && Buffer.from(found[1].trim(), "base64");
  };
  const data = JSON.parse(gunzipSync(block("map-data")).toString("utf8"));
  return { data, points: data.points, block };
}

// The page with other data, as a file of its own.
export function writeAltered(path, altered, change) {
  const { data } = readPage(path);
  change(data);
  const block = gzipSync(JSON.stringify(data)).toString("base64");
  writeFileSync(altered, readFileSync(path, "utf8").replace(/(?<=id="map-data">)[^<]*/, () => block));
}

export const codeText = (code) => `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;

export const meaningOf = (points, i) => points.captions[points.caption[i]] ?? "";

// Glyphs with a meaning, the loneliest of some hundred first: what lies at their place is nothing else.
export function loneliest(data, wanted) {
  const { x, y, code } = data.points;
  const candidates = [];
  const stride = Math.max(1, Math.floor(data.count / 300));
  for (let i = 0; i < data.count; i += stride) {
    if (!code[i] || !meaningOf(data.points, i)) continue;
    let nearest = Infinity;
    for (let j = 0; j < data.count; j += 1) {
      if (j !== i) nearest = Math.min(nearest, Math.max(Math.abs(x[i] - x[j]), Math.abs(y[i] - y[j])));
    }
    candidates.push({ i, nearest });
  }
  candidates.sort((a, b) => b.nearest - a.nearest);
  return candidates.slice(0, wanted).map(({ i }) => i);
}

// A word that a few meanings hold, and the glyphs of these.
export function wordOfSome(data) {
  const glyphs = new Map();
  for (let i = 0; i < data.count; i += 1) {
    for (const word of new Set(meaningOf(data.points, i).toLowerCase().match(/\b[a-z]{4,}\b/g))) {
      if (!glyphs.has(word)) glyphs.set(word, []);
      glyphs.get(word).push(i);
    }
  }
  // Words of hexadecimal digits alone may be code points as well.
  const words = [...glyphs].filter(([word, list]) => list.length >= 2 && list.length <= 60 && !/^[a-f]+$/.test(word));
  const [word, indices] = words.sort((a, b) => b[1].length - a[1].length)[0] ?? [...glyphs][0];
  return { word, indices };
}

export function insidePolygon(polygon, [x, y]) {
  let inside = false;
  polygon.forEach(([x1, y1], k) => {
    const [x2, y2] = polygon[(k + 1) % polygon.length];
    if ((y1 > y) !== (y2 > y) && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
  });
  return inside;
}

// CSV as RFC 4180 has it: a list of objects by the names of the first line.
export function parseCsv(text) {
  const rows = [[]];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/gy;
  while (field.lastIndex < text.length) {
    const [, quoted, plain, end] = field.exec(text);
    rows[rows.length - 1].push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === "\r\n" && field.lastIndex < text.length) rows.push([]);
  }
  const [names, ...lines] = rows;
  return lines.map((line) => Object.fromEntries(names.map((name, k) => [name, line[k]])));
}
