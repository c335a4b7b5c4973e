"use strict";
// The close-up of one number: its part of the picture, its window, its map and its sum.

const SIDE = 196;
const STEPS_OF_KEYS = {
  ArrowUp: [-1, 0, 0],
  ArrowDown: [1, 0, 0],
  ArrowLeft: [0, -1, 0],
  ArrowRight: [0, 1, 0],
  PageUp: [0, 0, -1],
  PageDown: [0, 0, 1],
};

class CloseUp {
  constructor(page, { open, preview, close, back }) {
    Object.assign(this, { page, open, preview, close, back });
    this.controls = new Controls(page, { open, back: () => this.goBack() });
    this.makeFigures();
    byId("sum").onkeydown = (event) => this.keyInSum(event);
  }

  /** Go back by the button, which loses the focus when it has nothing left to go back to. */
  goBack() {
    this.back();
    if (this.controls.backButton.disabled) this.map.stage.focus();
  }

  makeFigures() {
    this.picture = this.figure("picture");
    this.source = this.figure("source");
    this.map = this.figure("map");
    const { stage } = this.map;
    stage.tabIndex = 0;
    stage.setAttribute("role", "application");
    stage.onkeydown = (event) => this.keyOnMap(event);
    const point = oncePerFrame((event) => this.preview(event && this.unitUnder(event)));
    stage.onpointermove = point;
    stage.onpointerleave = () => point(null);
    stage.onclick = (event) => {
      const unit = this.unitUnder(event);
      if (unit) this.open(unit);
    };
    fill(
      "figures",
      this.picture.figure,
      make("span", { class: "sign" }, "→"),
      this.source.figure,
      make("span", { class: "sign" }, "→"),
      this.map.figure,
    );
  }

  figure(name) {
    const canvas = make("canvas", { "aria-hidden": "true" });
    const frame = make("span", { class: name === "map" ? "frame" : "frame seen" });
    const stage = make("div", { class: "stage" }, canvas, frame);
    const names = make("div", { class: "names", "aria-hidden": "true", hidden: true });
    const caption = make("figcaption", {});
    const figure = make("figure", { class: name }, stage, names, caption);
    return { canvas, frame, stage, names, caption, figure };
  }

  /** The unit under the pointer; null beside the bars of a chart. */
  unitUnder({ clientX, clientY }) {
    const box = this.map.canvas.getBoundingClientRect();
    const layer = this.page.layers[this.unit.layer];
    if (isChart(this.page, this.unit.layer)) {
      const [x, y] = [clientX - box.left, clientY - box.top];
      return unitAt(layer, this.unit.layer, chartOf(layer), x, y);
    }
    const [height, width] = layer.shape;
    const row = clip(Math.floor(((clientY - box.top) / box.height) * height), 0, height - 1);
    const column = clip(Math.floor(((clientX - box.left) / box.width) * width), 0, width - 1);
    return { ...this.unit, row, column };
  }

  keyOnMap(event) {
    const step = STEPS_OF_KEYS[event.key];
    if (event.key === "Enter") byId("sum").focus();
    else if (event.key === "Escape") this.close();
    else if (event.key === "Backspace") this.back();
    else if (step) this.open(this.unitBeside(...step), { moves: true });
    else return;
    event.preventDefault();
  }

  /** The unit some rows, columns and channels further; at an edge, the open unit. */
  unitBeside(down, right, further) {
    const { page, unit } = this;
    const layer = page.layers[unit.layer];
    const [height, width] = layer.shape;
    const shown = shownChannels(layer);
    const inChart = isChart(page, unit.layer) ? down * chartOf(layer).perRow + right : 0;
    const at = shown.indexOf(unit.channel) + further + inChart;
    const row = clip(unit.row + down, 0, height - 1);
    const column = clip(unit.column + right, 0, width - 1);
    return { ...unit, row, column, channel: shown[at] ?? unit.channel };
  }

  keyInSum(event) {
    if (event.key === "Escape") this.map.stage.focus();
    else if (event.key === "Backspace") this.back();
    else return;
    event.preventDefault();
  }

  /** Show the unit that is open, and the sum behind it. */
  show(outputs, unit, source, { canGoBack }) {
    this.unit = unit;
    this.controls.show(unit, canGoBack);
    this.describeLayer(unit);
    const heading = capitalized(
      `${placeInWords(this.page, unit)} of ${layerName(this.page, unit.layer)}`,
    );
    fill("value", `${heading} = `, make("b", {}, this.value(outputs, unit)));
    this.showNumber(outputs, unit, source);
    const look = (channel) => this.showSource(outputs, unit, source && { ...source, channel });
    fill("sum", sumOf(this.page, outputs, unit, this.open, look), this.wayDown(outputs, unit));
  }

  describeLayer(unit) {
    const { purpose, notation } = this.page.layers[unit.layer];
    const title = make("b", {}, `${layerTitle(this.page, unit.layer)}. `);
    fill("about", title, purpose, notation.length ? ` ${notation.join("; ")}.` : null);
  }

  /** Show what changes while the pointer moves over the map: what a unit sees, and its place.
   *
   * `isPointed`: whether the unit is under the pointer, instead of open.
   */
  showNumber(outputs, unit, source, isPointed = false) {
    this.showPicture(outputs, unit, isPointed);
    this.showSource(outputs, unit, source, isPointed);
    this.showMap(outputs, unit, isPointed);
  }

  value(outputs, unit) {
    const { mode } = this.page.layers[unit.layer];
    const isRounded = mode === "steps" || mode === "from steps";
    return (isRounded ? "about " : "") + number(valueOf(this.page, outputs, unit));
  }

  showPicture(outputs, unit, isPointed) {
    const field = fieldOf(this.page, unit);
    drawFramed(this.picture, this.page, outputs, { layer: 0, channel: 0 }, field, SIDE);
    const text = fieldInWords(this.page, unit, field);
    const title = isPointed ? "Under the mouse: it sees" : "What it sees of the picture";
    this.picture.caption.replaceChildren(make("b", {}, title), ` ${text}`);
  }

  /** Show the map that the unit reads, with its window; `source` is a unit of that map, or null. */
  showSource(outputs, unit, source, isPointed = false) {
    const isHidden = !source || source.layer === 0;
    this.source.figure.hidden = this.source.figure.nextSibling.hidden = isHidden;
    if (isHidden) return;
    const box = windowOf(this.page, unit);
    drawFramed(this.source, this.page, outputs, source, box, SIDE);
    const text = this.readInWords(outputs, unit, source, box);
    const title = isPointed ? "Under the mouse: it reads" : "What it reads";
    this.source.caption.replaceChildren(make("b", {}, title), ` ${text}`);
  }

  /** What a unit reads: a window of a map, or one or all numbers of a chart. */
  readInWords(outputs, unit, source, box) {
    const { page } = this;
    if (isChart(page, source.layer) && page.layers[unit.layer].kind === "conv") {
      const [channel, name] = [channelInWords(page, source), layerName(page, source.layer)];
      return `all numbers of ${name}, ${chartInWords(outputs[source.layer])}. Most comes from ${channel}.`;
    }
    return sourceInWords(page, unit, source, box);
  }

  showMap(outputs, unit, isPointed) {
    const { page } = this;
    const box = { top: unit.row, left: unit.column, bottom: unit.row + 1, right: unit.column + 1 };
    drawFramed(this.map, page, outputs, unit, box, SIDE);
    const [channel, name] = [channelInWords(page, unit), layerName(page, unit.layer)];
    const hasBars = isChart(page, unit.layer);
    const of = hasBars
      ? `${name}, ${chartInWords(outputs[unit.layer])}: ${channel} is framed`
      : `${channel} of ${name}`;
    const keys = "Move over it to look; a click or the arrow keys open a number.";
    const line = isPointed ? this.pointedInWords(outputs, unit) : keys;
    const below = make("span", { class: "pointed" }, line);
    this.map.caption.replaceChildren(make("b", {}, "All numbers of"), ` ${of}.`, below);
    if (isPointed) return;
    const place = hasBars
      ? `Chart of ${of}`
      : `Map of ${of}, at row ${unit.row}, column ${unit.column}`;
    const label = `${place}: ${this.value(outputs, unit)}. Arrow keys move, Enter goes to the sum.`;
    this.map.stage.setAttribute("aria-label", label);
  }

  /** The unit under the pointer in words. */
  pointedInWords(outputs, unit) {
    const place = isChart(this.page, unit.layer)
      ? channelInWords(this.page, unit)
      : `row ${unit.row}, column ${unit.column}`;
    return `Under the mouse: ${place} = ${this.value(outputs, unit)}; click to open it.`;
  }

  /** The way from the unit back to the picture, through the largest term each time. */
  wayDown(outputs, unit) {
    const steps = trace(this.page, outputs, unit);
    if (steps.length < 2) return [];
    const items = steps.map((each) =>
      make(
        "li",
        {},
        make(
          "button",
          { type: "button", onclick: () => this.open(each.unit) },
          `${layerTitle(this.page, each.unit.layer)}`,
        ),
        ` ${placeInWords(this.page, each.unit)} = ${number(each.input)}`,
      ),
    );
    return [
      make(
        "details",
        { class: "way" },
        make(
          "summary",
          {},
          "Back to the picture, layer by layer, through the largest term each time",
        ),
        make("ol", {}, items),
      ),
    ];
  }
}
