"use strict";
// The overview: one column per layer, from the picture to the scores.

/** Make the columns. `open` is called with a unit that was clicked, `hover` with one pointed at. */
class Layers {
  constructor(page, { open, hover }) {
    this.page = page;
    this.columns = page.layers.map((layer, index) => this.column(layer, index, open, hover));
    fill(
      "layers",
      this.columns.map(({ button }) => button),
    );
    sayWhatIsBeyond(
      byId("layers"),
      byId("layers-note"),
      `${plural(page.layers.length, "column")}: scroll to the right.`,
    );
    // Columns are drawn, and layers computed, when they come into view.
    this.observer = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) {
        const index = this.columns.findIndex(({ button }) => button === target);
        if (isIntersecting && !this.isDrawn[index]) this.drawColumn(index);
      }
    });
    moveFocusWithArrows(
      byId("layers"),
      this.columns.map(({ button }) => button),
      inList,
    );
  }

  column(layer, index, open, hover) {
    const canvas = make("canvas", { "aria-hidden": "true" });
    // A picture in color is one tile, although it has three channels.
    const mosaic = isChart(this.page, index)
      ? chartOf(layer, SMALL_CHART)
      : mosaicOf(index === 0 ? { ...layer, kept: [0] } : layer);
    sizeOf(canvas, ...mosaic.size);
    const frames = {
      own: make("span", { class: "frame" }),
      seen: make("span", { class: "frame seen" }),
    };
    const tiles = make("span", { class: "tiles" }, canvas, frames.seen, frames.own);
    const title = make("span", { class: "name" }, layerTitle(this.page, index));
    const about = make("span", { class: "about" }, layer.purpose);
    const notes = [
      shapeInWords(layer),
      layer.kept && `${layer.kept.length} shown`,
      isStored(layer) && "stored: no sums",
    ].filter(Boolean);
    const shape = make("span", { class: "shape" }, notes.join(", "));
    const range = make("span", { class: "unseen" });
    const button = make(
      "button",
      { type: "button", class: "column" },
      title,
      about,
      shape,
      range,
      tiles,
    );
    const unitUnder = (event) => {
      const box = canvas.getBoundingClientRect();
      const [x, y] = [event.clientX - box.left, event.clientY - box.top];
      return event.target === canvas ? unitAt(layer, index, mosaic, x, y) : null;
    };
    button.onclick = (event) => open(unitUnder(event), index);
    const point = oncePerFrame((event) => hover(event && unitUnder(event)));
    button.onpointermove = point;
    button.onpointerleave = () => point(null);
    return { button, canvas, frames, mosaic, range };
  }

  /** Draw the outputs of all layers for another picture. */
  draw(outputs) {
    this.outputs = outputs;
    this.isDrawn = this.columns.map(() => false);
    this.observer.disconnect(); // so that it reports again which columns are in view
    for (const { button } of this.columns) this.observer.observe(button);
  }

  drawColumn(index) {
    const { canvas, mosaic, range } = this.columns[index];
    this.isDrawn[index] = true;
    drawMosaic(canvas, this.page, this.outputs, index, mosaic);
    const { low, high } = rangeOf(this.outputs[index]);
    range.textContent = `values from ${number(low, 3)} to ${number(high, 3)}`;
  }

  /** Frame a unit, its window on the map of `source`, which it reads, and its part of the picture. */
  mark(unit, source) {
    const window = source && { channel: source.channel, box: windowOf(this.page, unit) };
    this.columns.forEach(({ button, frames, mosaic }, index) => {
      const isOwn = index === unit.layer;
      button.setAttribute("aria-current", String(isOwn));
      const { row, column } = unit;
      const own = { top: row, left: column, bottom: row + 1, right: column + 1 };
      this.frame(frames.own, index, mosaic, isOwn ? unit.channel : -1, own);
      const picture = { channel: 0, box: fieldOf(this.page, unit) };
      const seen = index === 0 ? picture : index === source?.layer ? window : null;
      this.frame(frames.seen, index, mosaic, seen && !isOwn ? seen.channel : -1, seen?.box);
    });
  }

  frame(frame, index, mosaic, channel, box) {
    const i = mosaic.shown.indexOf(index === 0 && channel >= 0 ? 0 : channel);
    placeFrameInTile(frame, mosaic, i, box, this.page.layers[index].shape);
  }

  reveal(index) {
    revealInRow(byId("layers"), this.columns[index].button);
  }

  focus(index) {
    for (const { button } of this.columns) button.tabIndex = -1;
    this.columns[index].button.tabIndex = 0;
    this.columns[index].button.focus();
  }
}
