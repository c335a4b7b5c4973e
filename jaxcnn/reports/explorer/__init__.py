"""A page to click through a trained network: `explore` writes it as one HTML file.

- `_explore` is the public function; `_pictures` selects the pictures, and `_activations` computes
  what JAX makes of them, layer by layer.
- `_words` says what each layer does, and spells out the notation in its label.
- `_layers` describes each layer as plain data that JavaScript can compute: one kind of arithmetic
  and its weights. To let the page compute another layer, add it to the table in `_kinds`, a
  function to `_recompute`, one to `page/compute.js` or `page/norms.js`, and its terms to
  `page/terms.js`.
- `_storage` decides which outputs the page computes itself, and stores the others.
- `_recompute` computes all outputs in NumPy from the content of the page, to compare it with JAX.
- `_packed` writes arrays as text, and `_html` joins everything to one file.
- ``page/`` has the page's own files. The arithmetic is in `arrays.js`, `windows.js`,
  `activations.js`, `norms.js`, `compute.js`, `terms.js`, `fields.js` and `trace.js`, which run
  without a browser, too; the others draw.
"""
