"use strict";
// Feature maps and pictures on canvases.

const scratch = document.createElement("canvas");

/** Draw one channel, or a picture in its colors, into a rectangle of a canvas. */
function drawTile(context, page, outputs, { layer, channel }, limit, [x, y, width, height]) {
  const [rows, columns, channels] = page.layers[layer].shape;
  const image = new ImageData(columns, rows);
  if (layer === 0) paintPicture(image.data, outputs[layer], channels);
  else paintChannel(new Uint32Array(image.data.buffer), outputs[layer], channels, channel, limit);
  scratch.width = columns;
  scratch.height = rows;
  scratch.getContext("2d").putImageData(image, 0, 0);
  context.imageSmoothingEnabled = width < columns;
  context.drawImage(scratch, x, y, width, height);
}

function paintPicture(bytes, values, channels) {
  for (let place = 0; place * 4 < bytes.length; place++) {
    for (let k = 0; k < 3; k++) {
      bytes[place * 4 + k] = values[place * channels + Math.min(k, channels - 1)];
    }
    bytes[place * 4 + 3] = 255;
  }
}

function paintChannel(pixels, values, channels, channel, limit) {
  const colors = colorTable();
  for (let place = 0; place < pixels.length; place++) {
    pixels[place] = colors[colorIndex(values[place * channels + channel], limit)];
  }
}

/** Size a canvas in CSS pixels, sharp on dense screens; it is empty then. */
function sizeOf(canvas, width, height) {
  const density = Math.max(1, window.devicePixelRatio || 1);
  canvas.width = Math.round(width * density);
  canvas.height = Math.round(height * density);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  return density;
}

/** Size a canvas, and return its context. */
function contextOf(canvas, width, height) {
  const density = sizeOf(canvas, width, height);
  const context = canvas.getContext("2d");
  context.scale(density, density);
  return context;
}

const GAP = 2; // between tiles: a line around each, one pixel wide
const SIDES = [56, 48, 40, 32, 28, 24, 20, 16, 14, 12, 10, 8, 6, 5, 4];

/** The channels of a layer that the page has. */
const shownChannels = ({ kept, shape }) => kept ?? Array.from({ length: shape[2] }, (_, c) => c);

/** How the channels of a layer are laid out: rows of tiles within a height and a width. */
function mosaicOf(layer, maxHeight = 300, maxWidth = 170) {
  const [rows, columns] = layer.shape;
  const shown = shownChannels(layer);
  const across = columns / Math.max(rows, columns);
  const down = rows / Math.max(rows, columns);
  const perRow = (side) => {
    const tilesDown = Math.max(1, Math.floor(maxHeight / (side * down + GAP)));
    return Math.ceil(shown.length / tilesDown);
  };
  const fits = (side) => perRow(side) * (side * across + GAP) <= maxWidth;
  const side = SIDES.find(fits) ?? SIDES.at(-1);
  const [width, height, count] = [side * across, side * down, perRow(side)];
  const tilesDown = Math.ceil(shown.length / count);
  return {
    shown,
    width,
    height,
    perRow: count,
    size: [count * (width + GAP), tilesDown * (height + GAP)],
  };
}

/** The rectangle of the i-th tile. */
function tileAt({ width, height, perRow }, i) {
  const x = (i % perRow) * (width + GAP) + GAP / 2;
  const y = Math.floor(i / perRow) * (height + GAP) + GAP / 2;
  return [x, y, width, height];
}

const styleValue = (name) => getComputedStyle(document.documentElement).getPropertyValue(name);

/** Draw all channels of a layer, each in a frame: many are empty, and look like the paper. */
function drawMosaic(canvas, page, outputs, index, mosaic) {
  const context = contextOf(canvas, ...mosaic.size);
  const values = outputs[index];
  const hasBars = isChart(page, index);
  const limit = hasBars ? null : limitOf(values);
  const edges = hasBars ? edgesOf(values) : null;
  const line = styleValue("--line");
  mosaic.shown.forEach((channel, i) => {
    const [x, y, width, height] = tileAt(mosaic, i);
    context.fillStyle = line;
    context.fillRect(x - GAP / 2, y - GAP / 2, width + GAP, height + GAP);
    if (hasBars) drawBar(context, values[channel], edges, [x, y, width, height]);
    else drawTile(context, page, outputs, { layer: index, channel }, limit, [x, y, width, height]);
  });
}

/** The unit under a point of a mosaic; null between the tiles. */
function unitAt(layer, index, mosaic, x, y) {
  const column = Math.floor(x / (mosaic.width + GAP));
  const row = Math.floor(y / (mosaic.height + GAP));
  const i = row * mosaic.perRow + column;
  if (column >= mosaic.perRow || !(i >= 0 && i < mosaic.shown.length)) return null;
  const [left, top] = tileAt(mosaic, i);
  const at = (offset, size, count) => clip(Math.floor((offset / size) * count), 0, count - 1);
  return {
    layer: index,
    channel: mosaic.shown[i],
    row: at(y - top, mosaic.height, layer.shape[0]),
    column: at(x - left, mosaic.width, layer.shape[1]),
  };
}

/** Draw the map of a unit large, with a frame around a box; the numbers of a vector are a chart. */
function drawFramed({ figure, canvas, frame, names }, page, outputs, unit, box, side) {
  const layer = page.layers[unit.layer];
  figure.classList.toggle("chart", isChart(page, unit.layer));
  nameBars(names, page, unit.layer);
  if (!isChart(page, unit.layer)) {
    drawLarge(canvas, page, outputs, unit, side);
    placeFrame(frame, box, layer.shape);
    return;
  }
  const chart = chartOf(layer);
  drawMosaic(canvas, page, outputs, unit.layer, chart);
  placeFrameInTile(frame, chart, chart.shown.indexOf(unit.channel), box, layer.shape);
}

/** Draw one channel large. */
function drawLarge(canvas, page, outputs, unit, side) {
  const [rows, columns] = page.layers[unit.layer].shape;
  const scale = side / Math.max(rows, columns);
  const size = [Math.max(columns * scale, 4), Math.max(rows * scale, 4)];
  const context = contextOf(canvas, ...size);
  drawTile(context, page, outputs, unit, limitOf(outputs[unit.layer]), [0, 0, ...size]);
}

/** Place a frame around a box in the i-th tile; it is hidden without a tile or a box. */
function placeFrameInTile(frame, mosaic, i, box, [rows, columns]) {
  frame.hidden = i < 0 || !box;
  if (frame.hidden) return;
  const [x, y, width, height] = tileAt(mosaic, i);
  frame.style.left = `${x + (width * box.left) / columns}px`;
  frame.style.top = `${y + (height * box.top) / rows}px`;
  frame.style.width = `${(width * (box.right - box.left)) / columns}px`;
  frame.style.height = `${(height * (box.bottom - box.top)) / rows}px`;
}

/** Place a frame around a box of rows and columns over a canvas of the given shape. */
function placeFrame(frame, box, [rows, columns]) {
  frame.hidden = !box;
  if (!box) return;
  frame.style.left = `${(100 * box.left) / columns}%`;
  frame.style.top = `${(100 * box.top) / rows}%`;
  frame.style.width = `${(100 * (box.right - box.left)) / columns}%`;
  frame.style.height = `${(100 * (box.bottom - box.top)) / rows}%`;
}
