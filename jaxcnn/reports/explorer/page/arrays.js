"use strict";
// The numbers of the page: bytes that were deflated and written in base64, and an index of arrays.

const TYPES = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array };

/** Decode all arrays; `index` has the type, the first byte and the length of each. */
async function decodeArrays({ base64, index }) {
  const bytes = await inflated(bytesOf(base64));
  return index.map(([type, start, length]) => new TYPES[type](bytes, start, length));
}

function bytesOf(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

async function inflated(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).arrayBuffer();
}
