"use strict";
// Colors of numbers: orange below zero, blue above it, and the paper's color at zero.

const PALETTES = {
  light: { zero: [255, 255, 255], positive: [0, 88, 148], negative: [184, 70, 0] },
  dark: { zero: [24, 28, 33], positive: [120, 196, 250], negative: [255, 150, 84] },
};
const UNKNOWN = [128, 128, 128];
const darkness = matchMedia("(prefers-color-scheme: dark)");
const palette = () => PALETTES[darkness.matches ? "dark" : "light"];

/** The color of a number, given the number that has the full color. */
function colorOf(x, limit, { zero, positive, negative } = palette()) {
  if (Number.isNaN(x)) return UNKNOWN;
  const share = limit ? Math.min(Math.abs(x) / limit, 1) : 0;
  const full = x < 0 ? negative : positive;
  return zero.map((from, i) => Math.round(from + (full[i] - from) * share));
}

/** The background of a number, and black or white text, whichever contrasts more. */
function cellStyle(x, limit) {
  const color = colorOf(x, limit);
  const [r, g, b] = color.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return `background:rgb(${color});color:${luminance > 0.179 ? "#000" : "#fff"}`;
}

/** The number that has the full color in a layer: 99 of 100 values are smaller. */
function limitOf(values) {
  const step = Math.max(1, Math.floor(values.length / 20000));
  const sizes = [];
  for (let i = 0; i < values.length; i += step) {
    if (!Number.isNaN(values[i])) sizes.push(Math.abs(values[i]));
  }
  sizes.sort((a, b) => a - b);
  return sizes[Math.floor(0.99 * (sizes.length - 1))] || sizes[sizes.length - 1] || 1;
}
