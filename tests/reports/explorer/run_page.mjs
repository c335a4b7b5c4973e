// Run the arithmetic of a page in Node, from its HTML file: node run_page.mjs PAGE OUTPUTS
//
// Writes the outputs of all layers for all pictures as float32 (JAX's order), and prints as JSON how
// far the terms of some units are from the forward pass, and what the page finds beside JAX.
import { readFileSync, writeFileSync } from "node:fs";
import vm from "node:vm";

const [file, outputsFile] = process.argv.slice(2);
const html = readFileSync(file, "utf8");
const data = html.match(/<script type="application\/json" id="data">(.*?)<\/script>/s)[1];
const [arithmetic] = [...html.matchAll(/<script>(.*?)<\/script>/gs)].map((found) => found[1]);
const names = [
  "decodeArrays",
  "outputsFor",
  "compareWithJax",
  "termsOf",
  "valueOf",
  "valueOfTerms",
];
const more = ["trace", "fieldOf", "windowOf", "evidenceFor"];
const globals = { atob, Blob, Response, DecompressionStream };
const functions = vm.runInNewContext(`${arithmetic};({${[...names, ...more].join()}})`, globals);

const page = JSON.parse(data);
page.arrays = await functions.decodeArrays(page.packed);
const chunks = [];
const found = { terms: 0, units: 0, ends: [], compared: 0, error: 0, evidence: 0 };
for (let picture = 0; picture < page.pictures.length; picture++) {
  const outputs = functions.outputsFor(page, picture);
  for (const values of outputs) chunks.push(Buffer.from(Float32Array.from(values).buffer));
  const { error, count } = functions.compareWithJax(page, outputs, picture);
  found.error = Math.max(found.error, error);
  found.compared += count;
  checkTerms(outputs);
  checkEvidence(outputs);
}
writeFileSync(outputsFile, Buffer.concat(chunks));
console.log(JSON.stringify(found));

/** Compare the sums of 60 units per layer with the forward pass, and follow one to the picture. */
function checkTerms(outputs) {
  page.layers.forEach((layer, index) => {
    const [height, width, channels] = layer.shape;
    const size = height * width * channels;
    const largest = outputs[index].reduce((most, x) => Math.max(most, Math.abs(x)), 0) || 1;
    for (let i = 0; i < 60; i++) {
      const place = (i * 7919) % size;
      const unit = {
        layer: index,
        channel: place % channels,
        column: Math.floor(place / channels) % width,
        row: Math.floor(place / channels / width),
      };
      const terms = functions.termsOf(page, outputs, unit);
      if (["pixel", "stored"].includes(terms.how) || Number.isNaN(terms.value)) continue;
      if (terms.name?.includes("softmax")) continue; // a function of all channels
      const error = Math.abs(functions.valueOfTerms(terms) - terms.value) / largest;
      found.terms = Math.max(found.terms, error);
      found.units++;
    }
    const steps = functions.trace(page, outputs, { layer: index, row: 0, column: 0, channel: 0 });
    if (index) found.ends.push(steps.at(-1)?.unit.layer ?? null);
  });
}

/** Compare the terms of each score with the score. */
function checkEvidence(outputs) {
  const scores = outputs.at(-1);
  scores.forEach((score, k) => {
    const evidence = functions.evidenceFor(page, outputs, k);
    if (!evidence) return;
    const sum = evidence.terms.reduce((all, { product }) => all + product, evidence.bias);
    found.evidence = Math.max(found.evidence, Math.abs(sum - score));
  });
}
