"use strict";
// Numbers, layers and units in words.

const DIGITS = 4; // of results: significant ones
const FINE = 6; // of what a formula begins with, so that its result comes out

/** Write a number briefly, with a real minus sign: to some significant digits, or an integer. */
function number(x, digits = DIGITS) {
  if (Number.isNaN(x)) return "unknown";
  if (x === 0) return "0";
  const size = Math.abs(x);
  let text;
  if (Number.isInteger(x) && size < 1e6) text = String(size);
  else if (size >= 1e6 || size < 1e-5) text = size.toExponential(digits > 3 ? digits - 2 : 0);
  else if (digits < 4 && size < 1e-3) text = String(Number(size.toPrecision(1)));
  else text = String(Number(size.toPrecision(digits)));
  return (x < 0 ? "−" : "") + text;
}

/** Write a number with its sign, as a summand: "+ 0.5" or "− 0.5". */
function summand(x, digits = DIGITS) {
  return `${x < 0 ? "−" : "+"} ${number(Math.abs(x), digits)}`;
}

/** Write what is subtracted, in brackets if it is negative: "− 0.5" or "− (−0.5)". */
const minus = (x, digits = DIGITS) => `− ${x < 0 ? `(${number(x, digits)})` : number(x, digits)}`;

/** Write a probability in percent; only 0 and 1 themselves are written as 0% and 100%. */
function percent(share) {
  const percents = 100 * share;
  if (percents > 0 && percents <= 0.5) return "<1%";
  if (percents >= 99.95 && percents < 100) return ">99.9%";
  return `${percents.toFixed(percents >= 99.5 && percents < 100 ? 1 : 0)}%`;
}

const capitalized = (text) => text[0].toUpperCase() + text.slice(1);

function plural(count, noun, more = `${noun}s`) {
  return `${count.toLocaleString("en")} ${count === 1 ? noun : more}`;
}

/** The short name of a layer: "layer 3", or the name of the picture's own layers. */
function layerName(page, index) {
  const layer = page.layers[index];
  if (index === 0) return "the picture";
  return index === 1 ? "the normalized pixels" : `layer ${layer.name || "sum"}`;
}

/** The title of a layer: its name and what it does. */
function layerTitle(page, index) {
  const layer = page.layers[index];
  return layer.name ? `${layer.name}: ${layer.label}` : layer.label;
}

const isVector = (layer) => layer.shape[0] === 1 && layer.shape[1] === 1;

/** The shape of a layer's outputs in words. */
function shapeInWords({ shape: [height, width, channels] }) {
  if (height === 1 && width === 1) return plural(channels, "number");
  return `${plural(channels, "channel")} of ${height}×${width}`;
}

/** What the bars of a chart are: its numbers, their range, and where zero is. */
function chartInWords(values) {
  const known = [...values].filter((x) => !Number.isNaN(x));
  const { low, high } = rangeOf(known);
  return `as ${plural(known.length, "bar")} from ${number(low, 3)} to ${number(high, 3)} (the line is 0)`;
}

/** A channel in words: its number, a color, or a class. */
function channelInWords(page, { layer, channel }) {
  if (layer <= 1) return page.layers[0].shape[2] === 3 ? ["red", "green", "blue"][channel] : "gray";
  const name = layer >= firstOfClasses(page) && page.classes[channel];
  if (name === String(channel)) return `class ${name}`;
  if (name) return `${name} (number ${channel})`;
  return hasChannels(page, layer) ? `channel ${channel}` : `number ${channel}`;
}

const ONE_TO_ONE = ["activation", "batch_norm", "copy", "scale"]; // each class keeps its number

/** The first of the last layers that have one number per class. */
function firstOfClasses({ layers }) {
  let first = layers.length - 1;
  for (;;) {
    const [source] = layers[first].sources;
    if (!ONE_TO_ONE.includes(layers[first].kind) || !isVector(layers[source])) return first;
    first = source;
  }
}

/** Whether the numbers of a layer are those of channels: maps, and what global pooling makes. */
function hasChannels(page, layer) {
  const { kind, shape, sources } = page.layers[layer];
  if (!isVector({ shape })) return true;
  if (kind === "pool") return true;
  const before = page.layers[sources[0] ?? 0];
  return kind !== "conv" && before.shape[2] === shape[2] && hasChannels(page, sources[0]);
}

/** The place of a unit in its layer: "channel 4, row 2, column 7". */
function placeInWords(page, unit) {
  const layer = page.layers[unit.layer];
  const channel = channelInWords(page, unit);
  if (!isVector(layer)) return `${channel}, row ${unit.row}, column ${unit.column}`;
  const from = origin(page, unit);
  if (from.layer === unit.layer) return channel;
  const place = placeInWords(page, from);
  return place === channel ? channel : `${channel} (${place})`;
}

/** What a unit sees of the picture, and what its windows alone see if statistics see more. */
function fieldInWords(page, unit, field) {
  const inWords = (box) =>
    `${boxInWords(box)} (${box.bottom - box.top}×${box.right - box.left} pixels)`;
  const isEmpty = (box) => box.bottom === box.top;
  if (isEmpty(field)) return `nothing: its windows ${emptyInWords(page, unit)}`;
  const alone = fieldOf(page, unit, { windowsAlone: true });
  if (isSameBox(field, alone)) return inWords(field);
  const [height, width] = page.layers[0].shape;
  const whole = { top: 0, left: 0, bottom: height, right: width };
  return (
    `${isSameBox(field, whole) ? "all of it" : inWords(field)}: a layer on the way computes with ` +
    "numbers of whole maps. Its windows alone see " +
    `${isEmpty(alone) ? `nothing: they ${emptyInWords(page, unit)}` : inWords(alone)}.`
  );
}

/** Why windows of a unit find nothing. */
const emptyInWords = (page, unit) =>
  liesBetween(page, unit) ? "lie between the numbers that a layer spreads out" : "lie in the padding";

const isSameBox = (one, other) =>
  ["top", "left", "bottom", "right"].every((side) => one[side] === other[side]);

/** A range of rows and columns: "rows 2 to 6, columns 0 to 4". */
function boxInWords({ top, left, bottom, right }) {
  return `${rangeInWords("row", top, bottom)}, ${rangeInWords("column", left, right)}`;
}

/** A range of indices: "row 2" or "rows 2 to 6". */
function rangeInWords(noun, first, end) {
  return end - first === 1 ? `${noun} ${first}` : `${noun}s ${first} to ${end - 1}`;
}

/** What a unit reads: a window of a map, or numbers at its place. */
function sourceInWords(page, unit, source, box) {
  const layer = page.layers[unit.layer];
  const isMap = box && !isVector(page.layers[source.layer]);
  const also = usesWholeMaps(layer) ? ", and statistics of whole maps" : "";
  const place = `of ${layerName(page, source.layer)}${isMap ? `: ${boxInWords(box)}` : ""}${also}`;
  const { first, end } = channelsAtPlace(layer, unit.channel);
  const shown = channelInWords(page, source);
  if (end - first < 2) return `${shown} ${place}`;
  const noun = hasChannels(page, source.layer) ? "channel" : "number";
  const all = end - first === layer.shape[2];
  const several = all ? `all ${plural(end, noun)}` : rangeInWords(noun, first, end);
  return `${several} ${place} (${shown} is ${isMap ? "shown" : "framed"})`;
}
