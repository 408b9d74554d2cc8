// Dots as pixels. 21,000 arcs or rectangles of Canvas 2D take several frames' time without a graphics card; blending
// ready-made stamps into an array takes a few milliseconds.
class DotRaster {
  constructor() {
    this.width = this.height = this.margin = 0;
    this.stamps = [];
  }

  resize(width, height) {
    this.margin = 16; // stamps near the edge need no clipping
    this.width = width + 2 * this.margin;
    this.height = height + 2 * this.margin;
    this.picture = new ImageData(this.width, this.height);
    this.pixels = new Uint32Array(this.picture.data.buffer);
  }

  // Smooth discs at four by four places between the pixels, or dots would jump while the map glides.
  makeStamps(radius) {
    if (radius === this.radius) return;
    this.radius = radius;
    this.edge = 2 * Math.ceil(radius + 0.5) + 1;
    const centre = (this.edge - 1) / 2;
    this.stamps = Array.from({ length: 16 }, (_, phase) => {
      const stamp = new Float32Array(this.edge * this.edge);
      for (let y = 0; y < this.edge; y += 1) {
        for (let x = 0; x < this.edge; x += 1) {
          const distance = Math.hypot(x - centre - (phase % 4) / 4, y - centre - (phase >> 2) / 4);
          stamp[y * this.edge + x] = Math.max(0, Math.min(1, radius + 0.5 - distance));
        }
      }
      return stamp;
    });
  }

  begin(paper) {
    this.pixels.fill(paper);
  }

  // Dots of `order` at (scale * x + left, top - scale * y), each in its own colour or all in one.
  draw(order, x, y, { scale, left, top }, radius, opacity, colours) {
    this.makeStamps(Math.min(radius, this.margin - 2));
    const { width, height, pixels, edge, stamps, margin } = this;
    const half = (edge - 1) / 2;
    const masks = stamps.map((stamp) => Uint16Array.from(stamp, (cover) => Math.round(cover * opacity * 256)));
    const single = typeof colours === "number";
    for (let k = 0; k < order.length; k += 1) {
      const i = order[k];
      const atX = scale * x[i] + left + margin - half;
      const atY = top - scale * y[i] + margin - half;
      const column = Math.floor(atX);
      const row = Math.floor(atY);
      if (!(column >= 0 && row >= 0 && column + edge <= width && row + edge <= height)) continue;
      const mask = masks[(((atY - row) * 4) << 2) | ((atX - column) * 4)];
      const colour = single ? colours : colours[i];
      const redBlue = colour & 0xff00ff;
      const green = colour & 0x00ff00;
      let m = 0;
      for (let line = row * width + column, lines = edge; lines > 0; lines -= 1, line += width) {
        for (let p = line; p < line + edge; p += 1, m += 1) {
          const cover = mask[m];
          if (cover === 0) continue;
          const under = pixels[p];
          const underRedBlue = under & 0xff00ff;
          const underGreen = under & 0x00ff00;
          // Red and blue are mixed at once; what one borrows of the other is masked away.
          const mixedRedBlue = (underRedBlue + (Math.imul(redBlue - underRedBlue, cover) >> 8)) & 0xff00ff;
          const mixedGreen = (underGreen + (Math.imul(green - underGreen, cover) >> 8)) & 0x00ff00;
          pixels[p] = 0xff000000 | mixedRedBlue | mixedGreen;
        }
      }
    }
  }

  paint(context) {
    context.putImageData(this.picture, -this.margin, -this.margin);
  }
}
