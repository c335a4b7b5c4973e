"use strict";
// The close-up of one number: its controls, its part of the picture, its window, its map and its sum.

const SIDE = 196;

class CloseUp {
  constructor(page, { open, preview, close, back }) {
    Object.assign(this, { page, open, preview, close, back });
    this.makeControls();
    this.makeFigures();
    byId("sum").onkeydown = (event) => this.keyInSum(event);
  }

  makeControls() {
    const field = (name, input) => make("label", {}, `${name} `, input);
    const change = () => {
      const { unit, notes } = this.fromControls();
      this.open(unit);
      this.range.textContent = notes.join(" ");
    };
    this.layer = make(
      "select",
      { onchange: () => this.open({ layer: Number(this.layer.value), ...this.best }) },
      this.page.layers.map((_, index) =>
        make("option", { value: index }, layerTitle(this.page, index)),
      ),
    );
    const numberInput = () =>
      make("input", { type: "number", min: "0", step: "1", onchange: change });
    this.range = make("span", { class: "range", role: "status" });
    [this.channel, this.row, this.column] = [numberInput(), numberInput(), numberInput()];
    this.backButton = make(
      "button",
      { type: "button", disabled: true, onclick: () => this.goBack() },
      "Back",
    );
    fill(
      "controls",
      field("Layer", this.layer),
      field("Channel", this.channel),
      field("Row", this.row),
      field("Column", this.column),
      this.range,
      this.backButton,
    );
  }

  /** The unit that the fields name, and a note for each number that had to be changed. */
  fromControls() {
    const notes = [];
    const read = (input, noun) => {
      const found = clip(Math.round(Number(input.value) || 0), 0, Number(input.max));
      const isChanged = input.value === "" || found !== Number(input.value);
      if (isChanged) notes.push(`${noun} go from 0 to ${input.max}.`);
      return found;
    };
    const layer = Number(this.layer.value);
    const wanted = read(this.channel, "Channels");
    const { kept } = this.page.layers[layer];
    const channel = kept
      ? kept.reduce((a, b) => (Math.abs(b - wanted) < Math.abs(a - wanted) ? b : a))
      : wanted;
    if (channel !== wanted) notes.push(`Channel ${wanted} is not in this page; the nearest is shown.`);
    const unit = { layer, channel, row: read(this.row, "Rows"), column: read(this.column, "Columns") };
    return { unit, notes };
  }

  /** Go back by the button, which loses the focus when it has nothing left to go back to. */
  goBack() {
    this.back();
    if (this.backButton.disabled) this.map.stage.focus();
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
    stage.onclick = (event) => this.open(this.unitUnder(event));
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
    const caption = make("figcaption", {});
    return {
      canvas,
      frame,
      stage,
      caption,
      figure: make("figure", { class: name }, stage, caption),
    };
  }

  unitUnder({ clientX, clientY }) {
    const box = this.map.canvas.getBoundingClientRect();
    const [height, width] = this.page.layers[this.unit.layer].shape;
    const row = clip(Math.floor(((clientY - box.top) / box.height) * height), 0, height - 1);
    const column = clip(Math.floor(((clientX - box.left) / box.width) * width), 0, width - 1);
    return { ...this.unit, row, column };
  }

  keyOnMap(event) {
    const { page, unit } = this;
    const [height, width, channels] = page.layers[unit.layer].shape;
    const shown = page.layers[unit.layer].kept ?? Array.from({ length: channels }, (_, c) => c);
    const nextChannel = (step) => {
      const at = clip(shown.indexOf(unit.channel) + step, 0, shown.length - 1);
      return { channel: shown[at] };
    };
    const moves = {
      ArrowUp: () => ({ row: Math.max(unit.row - 1, 0) }),
      ArrowDown: () => ({ row: Math.min(unit.row + 1, height - 1) }),
      ArrowLeft: () => ({ column: Math.max(unit.column - 1, 0) }),
      ArrowRight: () => ({ column: Math.min(unit.column + 1, width - 1) }),
      PageUp: () => nextChannel(-1),
      PageDown: () => nextChannel(1),
    };
    if (event.key === "Enter") byId("sum").focus();
    else if (event.key === "Escape") this.close();
    else if (event.key === "Backspace") this.back();
    else if (moves[event.key]) this.open({ ...unit, ...moves[event.key]() }, { moves: true });
    else return;
    event.preventDefault();
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
    this.fillControls(unit, canGoBack);
    this.showNumber(outputs, unit, source);
    const look = (channel) => this.showSource(outputs, unit, source && { ...source, channel });
    fill("sum", sumOf(this.page, outputs, unit, this.open, look), this.wayDown(outputs, unit));
  }

  fillControls(unit, canGoBack) {
    const { shape } = this.page.layers[unit.layer];
    const axes = [
      [this.channel, 2],
      [this.row, 0],
      [this.column, 1],
    ];
    for (const [input, axis] of axes) {
      input.max = shape[axis] - 1;
      input.disabled = shape[axis] === 1;
    }
    this.range.textContent = "";
    this.layer.value = unit.layer;
    [this.channel.value, this.row.value, this.column.value] = [unit.channel, unit.row, unit.column];
    this.backButton.disabled = !canGoBack;
    const { purpose, notation } = this.page.layers[unit.layer];
    const title = make("b", {}, `${layerTitle(this.page, unit.layer)}. `);
    fill("about", title, purpose, notation.length ? ` ${notation.join("; ")}.` : null);
  }

  /** Show what changes while the pointer moves over the map: a unit's value, and what it sees. */
  showNumber(outputs, unit, source) {
    const { page } = this;
    const value = `${placeInWords(page, unit)} of ${layerName(page, unit.layer)} = `;
    fill(
      "value",
      value[0].toUpperCase() + value.slice(1),
      make("b", {}, this.value(outputs, unit)),
    );
    this.showPicture(outputs, unit);
    this.showSource(outputs, unit, source);
    this.showMap(outputs, unit);
  }

  value(outputs, unit) {
    const { mode } = this.page.layers[unit.layer];
    const isRounded = mode === "steps" || mode === "from steps";
    return (isRounded ? "about " : "") + number(valueOf(this.page, outputs, unit));
  }

  showPicture(outputs, unit) {
    const field = fieldOf(this.page, unit);
    drawLarge(this.picture.canvas, this.page, outputs, { layer: 0, channel: 0 }, SIDE);
    placeFrame(this.picture.frame, field, this.page.layers[0].shape);
    const size = `${field.bottom - field.top}×${field.right - field.left} pixels`;
    this.picture.caption.replaceChildren(
      make("b", {}, "What it sees of the picture"),
      ` ${boxInWords(field)} (${size})`,
    );
  }

  /** Show the map that the unit reads, with its window; `source` is a unit of that map, or null. */
  showSource(outputs, unit, source) {
    const isHidden = !source || source.layer === 0;
    this.source.figure.hidden = this.source.figure.nextSibling.hidden = isHidden;
    if (isHidden) return;
    drawLarge(this.source.canvas, this.page, outputs, source, SIDE);
    const box = windowOf(this.page, unit);
    placeFrame(this.source.frame, box, this.page.layers[source.layer].shape);
    const of = `${channelInWords(this.page, source)} of ${layerName(this.page, source.layer)}`;
    const where = isVector(this.page.layers[source.layer]) || !box ? "" : `: ${boxInWords(box)}`;
    this.source.caption.replaceChildren(make("b", {}, "What it reads"), ` ${of}${where}`);
  }

  showMap(outputs, unit) {
    drawLarge(this.map.canvas, this.page, outputs, unit, SIDE);
    const box = { top: unit.row, left: unit.column, bottom: unit.row + 1, right: unit.column + 1 };
    placeFrame(this.map.frame, box, this.page.layers[unit.layer].shape);
    const of = `${channelInWords(this.page, unit)} of ${layerName(this.page, unit.layer)}`;
    const keys = isVector(this.page.layers[unit.layer])
      ? ""
      : ". Move over it to look; a click or the arrow keys open a number.";
    this.map.caption.replaceChildren(make("b", {}, "All numbers of"), ` ${of}${keys}`);
    const value = this.value(outputs, unit);
    const label = `Map of ${of}, at row ${unit.row}, column ${unit.column}: ${value}`;
    this.map.stage.setAttribute("aria-label", `${label}. Arrow keys move, Enter goes to the sum.`);
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
        make("summary", {}, "Back to the picture, layer by layer, through the largest term each time"),
        make("ol", {}, items),
      ),
    ];
  }
}
