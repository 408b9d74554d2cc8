// The glyphs' pictures. A page of tiles is decoded when a glyph of it is first asked for, and then kept with two bits a
// pixel as it came, a megabyte for 1,024 glyphs: as a canvas it would take sixteen.
class TileStore {
  // `idOf(page)` names the block of a page; `onLoad` is told that further tiles are there.
  constructor(grid, idOf, onLoad) {
    this.size = grid.size;
    this.perRow = grid.per_row;
    this.perPage = grid.per_page ?? 2 ** 31; // samples: one page holds all
    this.idOf = idOf;
    this.onLoad = onLoad;
    this.pages = new Map(); // page -> packed greys, or null while it is decoded
    this.queue = Promise.resolve();
  }

  // Fills `alpha` (size * size bytes, 255 = ink) with a tile; false if it has to be decoded first.
  read(tile, alpha) {
    const page = Math.floor(tile / this.perPage);
    const packed = this.pages.get(page);
    if (packed === undefined) this.load(page);
    if (!packed) return false;
    const bytes = (this.size * this.size) / 4;
    let from = (tile - page * this.perPage) * bytes;
    for (let to = 0; to < alpha.length; from += 1) {
      const four = packed[from];
      for (let shift = 0; shift < 8; shift += 2, to += 1) alpha[to] = ((four >> shift) & 3) * 85;
    }
    return true;
  }

  // One page after the other: several at once would hold several large canvases, and stop the map for longer.
  load(page) {
    this.pages.set(page, null);
    this.queue = this.queue.then(async () => {
      const png = takeBlock(this.idOf(page));
      if (!png) return;
      const picture = await createImageBitmap(new Blob([png], { type: "image/png" }));
      this.pages.set(page, this.pack(picture));
      picture.close();
      this.onLoad();
      await new Promise((resolve) => setTimeout(resolve, 0)); // let a frame be drawn
    });
  }

  pack(picture) {
    const { size, perRow } = this;
    const bytes = (size * size) / 4;
    const rows = Math.floor(picture.height / size);
    const packed = new Uint8Array(rows * perRow * bytes);
    const canvas = makeCanvas(picture.width, size);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    for (let row = 0; row < rows; row += 1) {
      context.drawImage(picture, 0, -row * size);
      const pixels = context.getImageData(0, 0, picture.width, size).data;
      for (let column = 0; column < perRow && (column + 1) * size <= picture.width; column += 1) {
        let to = (row * perRow + column) * bytes;
        for (let y = 0; y < size; y += 1) {
          let from = (y * picture.width + column * size) * 4;
          for (let x = 0; x < size; x += 4, from += 16, to += 1) {
            packed[to] = quarters(pixels[from]) | (quarters(pixels[from + 4]) << 2) |
              (quarters(pixels[from + 8]) << 4) | (quarters(pixels[from + 12]) << 6);
          }
        }
      }
    }
    return packed;
  }
}

// Ink of a grey in four steps.
function quarters(grey) {
  return (255 - grey + 42) / 85 | 0;
}

function makeCanvas(width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  return canvas;
}

// A tile as a large picture. Smooth enlarging alone would be soft and hard pixels ugly: the enlarged greys are
// sharpened around their middle, which gives back the outline that the four greys stand for.
function drawLargeGlyph(canvas, store, tile, ink) {
  const { size } = store;
  const alpha = new Uint8Array(size * size);
  const there = store.read(tile, alpha);
  const large = 320;
  canvas.width = canvas.height = large;
  if (!there) return false;
  const small = makeCanvas(size, size);
  small.getContext("2d").putImageData(inkPicture(alpha, size, ink), 0, 0);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.drawImage(small, 0, 0, large, large);
  const picture = context.getImageData(0, 0, large, large);
  for (let i = 3; i < picture.data.length; i += 4) picture.data[i] = (picture.data[i] - 128) * 2.4 + 128;
  context.putImageData(picture, 0, 0);
  return true;
}

function inkPicture(alpha, size, ink) {
  const picture = new ImageData(size, size);
  const pixels = new Uint32Array(picture.data.buffer);
  for (let i = 0; i < alpha.length; i += 1) pixels[i] = (ink & 0xffffff) | (alpha[i] << 24);
  return picture;
}
