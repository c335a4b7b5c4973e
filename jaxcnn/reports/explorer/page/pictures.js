"use strict";
// The choice of pictures.

/** Show the pictures as a group of radio buttons, of which the arrow keys choose one. */
function showPictures(page, choose) {
  const labels = page.pictures.map((picture, index) => {
    const canvas = make("canvas", { "aria-hidden": "true" });
    const context = contextOf(canvas, 56, 56);
    const size = page.layers[0].shape.reduce((a, b) => a * b, 1);
    const values = page.arrays[page.pixels].subarray(index * size, (index + 1) * size);
    drawTile(context, page, [values], { layer: 0, channel: 0 }, 1, [0, 0, 56, 56]);
    const input = make("input", { type: "radio", name: "picture", onchange: () => choose(index) });
    input.checked = index === 0;
    const isWrong = picture.right === false;
    const verdict = picture.truth === undefined ? "" : isWrong ? "✗ " : "✓ ";
    const answer = make("span", { class: isWrong ? "wrong" : "right" }, verdict + picture.answer);
    const truth = isWrong ? make("span", { class: "truth" }, `is ${picture.truth}`) : null;
    const name = make("span", { class: "unseen" }, `${picture.name}: `);
    return make("label", { title: picture.name }, input, canvas, name, answer, truth);
  });
  const row = make("div", { class: "choices" }, labels);
  byId("pictures").append(row);
  const text = `${plural(labels.length, "picture")}: scroll to the right.`;
  sayWhatIsBeyond(row, byId("pictures-note"), text);
}

/** Say how to get a test image in Python. */
function showOrigin({ index }) {
  byId("origin").hidden = index === undefined;
  if (index === undefined) return;
  byId("origin").replaceChildren(
    "In Python, this picture is ",
    make("code", {}, `data.test.read([${index}])[0]`),
    ", where data is the data set that the network was trained with, such as ",
    make("code", {}, "jaxcnn.data.cifar10()"),
    ". The number counts from 0 in the whole test set, not in the images that were saved.",
  );
}
