"use strict";
// Layers of single numbers as bar charts: bars of positive numbers rise from the line of zero, those
// of negative ones hang from it. Bars are tiles in a layout like that of maps.

const LARGE_CHART = [312, 140]; // so that it fits on a phone
const SMALL_CHART = [168, 70]; // as wide as other columns
const BAR_WIDTHS = [4, 24];
const MIN_BAR_HEIGHT = 8;

/** Whether the numbers of a layer are shown as bars; a picture of one pixel is a picture. */
const isChart = (page, index) => index > 0 && isVector(page.layers[index]);

/** How the numbers of a layer are laid out as a chart: one row, or several if there are many. */
function chartOf(layer, [maxWidth, rowHeight] = LARGE_CHART) {
  const shown = shownChannels(layer);
  const width = clip(Math.floor(maxWidth / shown.length) - GAP, ...BAR_WIDTHS);
  const perRow = Math.min(shown.length, Math.floor(maxWidth / (width + GAP)));
  const rows = Math.ceil(shown.length / perRow);
  const height = clip(Math.floor((2 * rowHeight) / rows), MIN_BAR_HEIGHT, rowHeight);
  const size = [perRow * (width + GAP), rows * (height + GAP)];
  return { shown, width, height, perRow, size };
}

const BARS_NAMED = 20; // so that a name fits below each bar

/** Write the names of the classes below the bars, if these are few. */
function nameBars(names, page, index) {
  const layer = page.layers[index];
  const isOfClasses = isChart(page, index) && index >= firstOfClasses(page);
  names.hidden = !isOfClasses || layer.shape[2] > BARS_NAMED;
  if (names.hidden) return;
  const { shown, width } = chartOf(layer);
  const style = `line-height:${width + GAP}px`; // the texts are vertical
  names.replaceChildren(...shown.map((k) => make("span", { style }, page.classes[k])));
}

/** The number at the upper and at the lower edge of a chart, of which one may be 0. */
function edgesOf(values) {
  const { low, high } = rangeOf(values);
  return { low: Math.min(low, 0), high: Math.max(high, 0) };
}

/** Draw a number as a bar into a rectangle of a canvas, with the line of zero. */
function drawBar(context, x, { low, high }, [left, top, width, height]) {
  const { zero, positive, negative } = palette();
  const yOf = (value) => top + (height * (high - value)) / (high - low || 1);
  context.fillStyle = `rgb(${zero})`;
  context.fillRect(left, top, width, height);
  context.fillStyle = `rgb(${x < 0 ? negative : positive})`;
  context.fillRect(left, Math.min(yOf(0), yOf(x)), width, Math.abs(yOf(x) - yOf(0)));
  context.fillStyle = styleValue("--quiet");
  context.fillRect(left - GAP / 2, clip(yOf(0) - 0.5, top, top + height - 1), width + GAP, 1);
}
