// What the trainer wrote: the run as JSON, and its previews, each a PNG in a block of its own.
const run = JSON.parse(document.getElementById("run-data").textContent);
const sources = { train: run.train, validation: run.validation };

const previews = [...document.querySelectorAll("script[id^='preview-']")].map((block) => {
  const picture = { step: Number(block.id.slice("preview-".length)), url: `data:image/png;base64,${block.textContent}` };
  block.remove();
  return picture;
});

// What the reader chose, kept over a reload. The range is in steps; `preview` counts from the first, null is the newest.
const settings = { x: "step", range: null, preview: null, scales: {}, reload: true, open: [] };
// The step that is being read, null for the newest.
const reading = { step: null };
const signals = d3.dispatch("cursor", "axis", "preview");

const column = (source, key) => sources[source][key] ?? [];
const isNumber = (value) => value !== null && value !== undefined;
const hasAll = (source, key) => column(source, key).length > 0 && column(source, key).every(isNumber);

function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}
