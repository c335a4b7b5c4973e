"""Networks as source code: one file of Python that needs NumPy only, or one C header.

- `_program` is a network as a list of steps, channels last; `_make_program` makes it, and `_layers`
  says which steps each layer becomes, with `_convolutions` and `_poolings`.
- `_numpy` writes Python: `_numpy_file` puts a file together from `_numpy_functions` and `_script`.
- `_c` writes C: `_c_file` puts a header together, `_c_steps` and `_c_windows` write the loops of a
  step, and `_memory` says where its output lies.
"""
