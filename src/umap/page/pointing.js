// What lies under the pointer: found by a quadtree, which is built when it is first needed after the points moved.
class Pointing {
  constructor(map, view, scene, placed) {
    Object.assign(this, { map, view, scene, placed });
    this.tree = null;
    this.card = document.getElementById("hover");
    this.over = document.getElementById("over");
    signals.on("places.pointing", () => { this.tree = null; });
    this.over.addEventListener("pointermove", (event) => this.move(event));
    this.over.addEventListener("pointerleave", () => this.hover(null));
    this.over.addEventListener("click", (event) => this.click(event));
  }

  // The nearest point within reach: a dot of some pixels, or the tile that is shown in its place.
  indexAt(screenX, screenY) {
    const edge = state.show[state.layer].glyphs ? this.scene.tileEdge : 0;
    let hit = -1;
    if (edge) {
      for (const [i, x, y] of this.scene.shownTiles()) {
        if (Math.max(Math.abs(x - screenX), Math.abs(y - screenY)) <= edge / 2) hit = i;
      }
    }
    if (hit >= 0 || !state.show[state.layer].points) return hit;
    return this.ready().find(...this.view.mapOf(screenX, screenY), 9 / this.view.affine.scale) ?? -1;
  }

  ready() {
    const { x, y } = this.scene.places;
    this.tree ??= d3.quadtree().x((i) => x[i]).y((i) => y[i]).addAll(d3.range(this.map.points.count));
    return this.tree;
  }

  // All glyphs in the very place of one: duplicates, which only pinning one after the other can tell apart.
  sharingPlace(index) {
    const { x, y } = this.scene.places;
    const reach = 0.75 / this.view.affine.scale;
    const found = [];
    this.ready().visit((node, left, bottom, right, top) => {
      if (!node.length) {
        for (let leaf = node; leaf; leaf = leaf.next) {
          if (Math.abs(x[leaf.data] - x[index]) <= reach && Math.abs(y[leaf.data] - y[index]) <= reach) found.push(leaf.data);
        }
      }
      return left > x[index] + reach || right < x[index] - reach || bottom > y[index] + reach || top < y[index] - reach;
    });
    return found.length ? found : [index];
  }

  move(event) {
    if (event.pointerType === "touch" || event.buttons || state.layer === "distances") {
      this.hover(null);
      return;
    }
    const [x, y] = d3.pointer(event, this.over);
    const marker = this.placed.at(this.view, this.scene, x, y);
    const index = marker ? -1 : this.indexAt(x, y);
    this.hover(marker ? { marker } : index >= 0 ? { index } : null, x, y);
  }

  hover(target, x, y) {
    const same = target?.index === state.hovered?.index && target?.marker?.x === state.hovered?.marker?.x && target?.marker?.y === state.hovered?.marker?.y;
    if (!same) {
      state.hovered = target;
      if (target) this.fill(target);
      this.scene.repaint("over");
    }
    this.card.hidden = !target;
    this.over.classList.toggle("pointing", target?.index !== undefined);
    if (target) this.place(x, y);
  }

  fill({ index, marker }) {
    this.card.className = "card";
    this.card.dataset.layer = state.layer;
    if (marker) {
      this.card.replaceChildren(...markerCard(this.map, this.placed, marker));
      return;
    }
    const others = this.sharingPlace(index).length - 1;
    const aside = [
      state.layer === "plane" && this.scene.plane.levelsAt(state.time).noise > 0 ? "Its coordinates were noised, not the glyph." : "",
      others > 0 ? `${others} more in this place; click again to pin them too.` : "",
    ].filter(Boolean).join(" ");
    this.card.replaceChildren(glyphCanvas(this.map.tiles, index, this.map.points.label(index)), ...glyphCard(this.map, index, aside));
  }

  // Beside the pointer, on the side with room.
  place(x, y) {
    const { offsetWidth: width, offsetHeight: height } = this.card;
    const left = x + 22 + width < this.view.width ? x + 22 : x - 22 - width;
    const top = Math.max(8, Math.min(y - height / 3, this.view.height - height - 8));
    this.card.style.transform = `translate(${Math.round(Math.max(8, left))}px, ${Math.round(top)}px)`;
  }

  click(event) {
    if (event.defaultPrevented || state.layer === "distances") return; // the end of a drag
    const [x, y] = d3.pointer(event, this.over);
    const marker = this.placed.at(this.view, this.scene, x, y);
    const index = marker?.kind === "noised" ? marker.source : marker ? -1 : this.indexAt(x, y);
    if (index < 0) return;
    const free = this.sharingPlace(index).find((i) => !state.pins.includes(i));
    togglePin(state.pins.includes(index) && free !== undefined ? free : index);
  }
}
