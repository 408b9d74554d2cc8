// Which dots turn into glyphs at which zoom. Glyphs that overlapped would be unreadable, so each zoom shows as many as
// have room. The choice depends on the map alone, not on the part in view: nothing flickers while it is moved, and
// whatever is shown stays when one zooms in further.
const levelStep = 2 ** 0.25;

class Levels {
  constructor(points, order) {
    const extent = Math.max(d3.max(points.x) - d3.min(points.x), d3.max(points.y) - d3.min(points.y)) || 1;
    this.coarsest = extent / 8; // spacing of level 0 in map units
    this.of = new Uint8Array(points.count).fill(255);
    this.members = []; // glyphs that each level adds
    let waiting = Array.from(order);
    const chosen = [];
    for (let level = 0; level < 34 && waiting.length > 0; level += 1) {
      const added = this.choose(points, chosen, waiting, this.spacing(level));
      added.forEach((i) => { this.of[i] = level; });
      this.members.push(Uint32Array.from(added));
      chosen.push(...added);
      if (added.length > 0) waiting = waiting.filter((i) => this.of[i] === 255);
    }
  }

  spacing(level) {
    return this.coarsest / levelStep ** level;
  }

  // Those of `waiting`, in order, that keep `spacing` in x or y from all chosen and from each other.
  choose(points, chosen, waiting, spacing) {
    const cells = new Map();
    const cellOf = (value) => Math.floor(value / spacing);
    const keyOf = (column, row) => column * 1048576 + row;
    const put = (i) => {
      const key = keyOf(cellOf(points.x[i]), cellOf(points.y[i]));
      if (cells.has(key)) cells.get(key).push(i);
      else cells.set(key, [i]);
    };
    const hasRoom = (i) => {
      const column = cellOf(points.x[i]);
      const row = cellOf(points.y[i]);
      for (let dx = -1; dx <= 1; dx += 1) {
        for (let dy = -1; dy <= 1; dy += 1) {
          for (const other of cells.get(keyOf(column + dx, row + dy)) ?? []) {
            const apart = Math.max(Math.abs(points.x[i] - points.x[other]), Math.abs(points.y[i] - points.y[other]));
            if (apart < spacing) return false;
          }
        }
      }
      return true;
    };
    chosen.forEach(put);
    return waiting.filter((i) => hasRoom(i) && (put(i), true));
  }

  // The finest level whose glyphs have `spacing` map units between them; -1 if not even the coarsest.
  finest(spacing) {
    return Math.min(this.members.length - 1, Math.floor(Math.log(this.coarsest / spacing) / Math.log(levelStep)));
  }
}
