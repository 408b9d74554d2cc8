// Tiles ready to be drawn on the map, in the ink of the theme: the ones used last. They lie on small sheets, for writing
// to a canvas that was just drawn from makes the browser copy all of it.
const sheetEdge = 8;

class Atlas {
  constructor(store, capacity) {
    this.store = store;
    this.size = store.size;
    this.capacity = capacity;
    this.sheets = []; // made when they are first needed
    this.alpha = new Uint8Array(this.size * this.size);
    this.clear(0);
  }

  clear(ink) {
    this.ink = ink;
    this.slots = new Map(); // tile -> slot; a Map keeps its order, so its first entry was used longest ago
  }

  // Where a slot lies.
  spot(slot) {
    const sheet = Math.floor(slot / sheetEdge ** 2);
    this.sheets[sheet] ??= makeCanvas(sheetEdge * this.size, sheetEdge * this.size);
    const place = slot % sheetEdge ** 2;
    return [this.sheets[sheet], (place % sheetEdge) * this.size, Math.floor(place / sheetEdge) * this.size];
  }

  // Readies a tile; false while its page is still to be decoded. Call it for all tiles of a frame before drawing any.
  ready(tile) {
    let slot = this.slots.get(tile);
    if (slot !== undefined) {
      this.slots.delete(tile);
      this.slots.set(tile, slot);
      return true;
    }
    if (!this.store.read(tile, this.alpha)) return false;
    if (this.slots.size < this.capacity) {
      slot = this.slots.size;
    } else {
      const [oldest, free] = this.slots.entries().next().value;
      this.slots.delete(oldest);
      slot = free;
    }
    this.slots.set(tile, slot);
    const [sheet, left, top] = this.spot(slot);
    sheet.getContext("2d").putImageData(inkPicture(this.alpha, this.size, this.ink), left, top);
    return true;
  }

  draw(context, tile, left, top, edge) {
    if (!this.ready(tile)) return false;
    const [sheet, fromX, fromY] = this.spot(this.slots.get(tile));
    context.drawImage(sheet, fromX, fromY, this.size, this.size, left, top, edge, edge);
    return true;
  }
}
