"use strict";
// The fields that name the open number: its layer, channel, row and column.

class Controls {
  /** Make the fields. `open` is called with the unit that they name, `back` for the one before. */
  constructor(page, { open, back }) {
    this.page = page;
    const change = () => open(this.read());
    const openLayer = () => open({ layer: Number(this.layer.value) });
    const options = page.layers.map((_, index) =>
      make("option", { value: index }, layerTitle(page, index)),
    );
    this.layer = make("select", { onchange: openLayer }, options);
    const attributes = { type: "number", min: "0", step: "1", onchange: change };
    this.axes = ["Row", "Column", "Channel"].map((name) => ({
      name,
      input: make("input", { ...attributes, "aria-describedby": `range-${name}` }),
      note: make("span", { class: "range", id: `range-${name}`, role: "status" }),
    }));
    const [row, column, channel] = this.axes.map(({ name, input, note }) =>
      make("span", { class: "field" }, make("label", {}, `${name} `, input), note),
    );
    this.backButton = make("button", { type: "button", disabled: true, onclick: back }, "Back");
    fill(
      "controls",
      make("label", {}, "Layer ", this.layer),
      channel,
      row,
      column,
      this.backButton,
    );
  }

  /** The unit that the fields name; a note beside each field says what had to be changed. */
  read() {
    const layer = Number(this.layer.value);
    const [row, column, wanted] = this.axes.map((axis) => this.readAxis(axis));
    const { kept } = this.page.layers[layer];
    const distance = (channel) => Math.abs(channel - wanted);
    const channel = kept ? kept.reduce((a, b) => (distance(b) < distance(a) ? b : a)) : wanted;
    if (channel !== wanted) {
      this.axes[2].note.textContent = `Channel ${wanted} is not in this page; the nearest is shown.`;
    }
    return { layer, channel, row, column };
  }

  /** The number in a field, or the nearest one that there is. */
  readAxis({ name, input, note }) {
    const found = clip(Math.round(Number(input.value) || 0), 0, Number(input.max));
    const isChanged = input.value === "" || found !== Number(input.value);
    note.textContent = isChanged ? `${name}s go from 0 to ${input.max}.` : "";
    return found;
  }

  /** Name a unit. Notes stay until a field changes: the click that leaves a field opens a unit. */
  show(unit, canGoBack) {
    const { shape } = this.page.layers[unit.layer];
    const isOtherLayer = this.shown !== unit.layer;
    this.layer.value = this.shown = unit.layer;
    const values = [unit.row, unit.column, unit.channel];
    this.axes.forEach(({ input, note }, axis) => {
      input.max = shape[axis] - 1;
      input.disabled = shape[axis] === 1;
      input.value = values[axis];
      if (isOtherLayer) note.textContent = "";
    });
    this.backButton.disabled = !canGoBack;
  }
}
