"use strict";
// Colors of numbers: orange below zero, blue above it, and the paper's color at zero.

const PALETTES = {
  light: { zero: [255, 255, 255], positive: [0, 88, 148], negative: [184, 70, 0] },
  dark: { zero: [24, 28, 33], positive: [120, 196, 250], negative: [255, 150, 84] },
};
const UNKNOWN = [128, 128, 128];
const darkness = matchMedia("(prefers-color-scheme: dark)");
const palette = () => PALETTES[darkness.matches ? "dark" : "light"];

const LAST = 510; // of the table's colors, from negative to positive
let mixedColors = null; // the table, made when it is first needed
darkness.addEventListener("change", () => (mixedColors = null));

/** The place of a number in the table of colors, given the number that has the full color. */
function colorIndex(x, limit) {
  if (x !== x) return LAST + 1;
  const share = limit ? Math.max(-1, Math.min(1, x / limit)) : 0;
  return Math.round((LAST / 2) * (1 + share));
}

/** All colors as pixels of an ImageData. */
function colorTable() {
  if (mixedColors) return mixedColors;
  const bytes = new Uint8Array(4 * (LAST + 2)).fill(255);
  for (let i = 0; i <= LAST + 1; i++) bytes.set(mixed(i), 4 * i);
  mixedColors = new Uint32Array(bytes.buffer);
  return mixedColors;
}

function mixed(index) {
  if (index > LAST) return UNKNOWN;
  const { zero, positive, negative } = palette();
  const share = index / (LAST / 2) - 1;
  const full = share < 0 ? negative : positive;
  return zero.map((from, k) => Math.round(from + (full[k] - from) * Math.abs(share)));
}

/** The background of a number, and black or white text, whichever contrasts more. */
function cellStyle(x, limit) {
  const color = mixed(colorIndex(x, limit));
  const [r, g, b] = color.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return `background:rgb(${color});color:${luminance > 0.179 ? "#000" : "#fff"}`;
}

const knownLimits = new WeakMap(); // by the outputs of a layer

/** The number that has the full color in a layer: 99 of 100 values are smaller. */
function limitOf(values) {
  if (!knownLimits.has(values)) knownLimits.set(values, findLimit(values));
  return knownLimits.get(values);
}

function findLimit(values) {
  const step = Math.max(1, Math.floor(values.length / 20000));
  const sizes = [];
  for (let i = 0; i < values.length; i += step) {
    if (!Number.isNaN(values[i])) sizes.push(Math.abs(values[i]));
  }
  sizes.sort((a, b) => a - b);
  return sizes[Math.floor(0.99 * (sizes.length - 1))] || sizes[sizes.length - 1] || 1;
}
