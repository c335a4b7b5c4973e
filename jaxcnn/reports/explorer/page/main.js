"use strict";
// The state of the page: a picture, the number that is open, and the numbers before it.

class Explorer {
  constructor(page) {
    Object.assign(this, { page, picture: 0, unit: null, history: [], selected: 0 });
    this.open = this.open.bind(this);
    showPictures(page, (picture) => this.choose(picture));
    this.layers = new Layers(page, {
      open: (unit, index) => this.openLayer(unit, index),
      hover: (unit) => this.point(unit),
    });
    this.closeUp = new CloseUp(page, {
      open: this.open,
      preview: (unit) => this.preview(unit),
      close: () => this.layers.focus(this.unit.layer),
      back: () => this.back(),
    });
    this.choose(0);
    darkness.addEventListener("change", () => this.redraw());
  }

  /** Show another picture. */
  choose(picture) {
    this.picture = picture;
    showOrigin(this.page.pictures[picture]);
    this.outputs = outputsFor(this.page, picture);
    const scores = this.outputs.at(-1);
    this.selected = scores.reduce((best, x, k) => (x > scores[best] ? k : best), 0);
    this.unit ??= this.strongest(this.firstWithWeights());
    this.redraw();
    setTimeout(() => picture === this.picture && this.compare());
  }

  redraw() {
    this.layers.draw(this.outputs);
    this.show(this.unit);
    this.showAnswer();
  }

  showAnswer() {
    showScores(this.page, this.outputs, this.picture, this.selected, (k) => {
      this.selected = k;
      this.showAnswer();
      byId("scores").querySelector("[aria-pressed=true]").focus({ preventScroll: true });
      reveal("why-title", "start");
    });
    showReasons(this.page, this.outputs, this.selected, (unit) => this.openFar(unit));
  }

  firstWithWeights() {
    const index = this.page.layers.findIndex(({ kind }) => kind === "conv");
    return index < 0 ? this.page.layers.length - 1 : index;
  }

  /** The largest number of a layer. */
  strongest(index) {
    const [, width, channels] = this.page.layers[index].shape;
    const values = this.outputs[index];
    const largest = values.reduce((best, x, i) => (!(values[best] >= x) && x === x ? i : best), 0);
    const place = Math.floor(largest / channels);
    return {
      layer: index,
      channel: largest % channels,
      row: Math.floor(place / width),
      column: place % width,
    };
  }

  /** Open a unit: the one at hand stays in the history. */
  open(unit, { moves = false } = {}) {
    const found = unit.channel === undefined ? this.strongest(unit.layer) : unit;
    const isSame = JSON.stringify(found) === JSON.stringify(this.unit);
    if (!isSame && !moves) this.history.push(this.unit);
    this.unit = found;
    this.show(found);
    this.layers.reveal(found.layer);
  }

  openLayer(unit, index) {
    const known = this.unit.layer === index ? this.unit : this.strongest(index);
    if (!unit) return this.openFar(known);
    this.open(unit);
    reveal("figures"); // as much as is needed, so that other tiles stay at hand
  }

  /** Open a unit from another part of the page: the focus goes to its map. */
  openFar(unit) {
    this.open(unit);
    this.closeUp.map.stage.focus({ preventScroll: true });
    reveal("unit");
  }

  back() {
    if (!this.history.length) return;
    this.unit = this.history.pop();
    this.show(this.unit);
    this.layers.reveal(this.unit.layer);
  }

  show(unit) {
    const source = this.sourceOf(unit);
    const holdsFocus = byId("sum").contains(document.activeElement);
    this.closeUp.show(this.outputs, unit, source, { canGoBack: this.history.length > 0 });
    this.layers.mark(unit, source);
    // The button that had the focus is gone with its sum.
    if (holdsFocus && !byId("sum").contains(document.activeElement)) byId("sum").focus();
  }

  /** Show a unit without opening it, while the pointer is over the map; null: the open one. */
  preview(pointed) {
    const unit = pointed ?? this.unit;
    const source = this.sourceOf(unit);
    this.closeUp.showNumber(this.outputs, unit, source, pointed !== null);
    this.layers.mark(unit, source);
  }

  /** Frame what a unit in the overview sees; null: the open one. */
  point(pointed) {
    const unit = pointed ?? this.unit;
    this.layers.mark(unit, this.sourceOf(unit));
  }

  sourceOf(unit) {
    return mainSource(this.page, this.outputs, unit);
  }

  /** Say how far the page's numbers are from JAX's. */
  compare() {
    const { error, count } = compareWithJax(this.page, this.outputs, this.picture);
    const computed = this.page.layers.filter(({ mode }) => mode === "computed");
    const largest = Math.max(...computed.map((layer) => layer.error));
    const agrees =
      error <= 1e-4
        ? `Your browser computed this picture: ${count} numbers agree with JAX to ${number(error, 1)} of the largest in their layer.`
        : `Careful: your browser's numbers differ from JAX's by ${number(error, 1)} of the largest in their layer.`;
    byId("check").textContent =
      `${agrees} When the page was written, all numbers of all pictures agreed to ${number(largest, 1)}.`;
  }
}

async function start() {
  const page = JSON.parse(byId("data").textContent);
  byId("title").textContent = page.title;
  byId("footer").textContent =
    `Made by jaxcnn ${page.version}. The weights of the network are in this page.`;
  page.arrays = await decodeArrays(page.packed);
  byId("main").hidden = false;
  window.explorer = new Explorer(page);
  // The columns in view are drawn in the next frame.
  requestAnimationFrame(() => requestAnimationFrame(() => performance.mark("shown")));
}

start().catch((error) => {
  byId("check").textContent = `This page could not be shown: ${error.message}`;
  throw error;
});
