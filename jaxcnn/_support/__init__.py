"""Helpers for all other folders, which know nothing about networks.

Import from its modules, such as ``from jaxcnn._support.arguments import check_int``:

- `arguments`: checks of arguments, with one grammar for errors, and "did you mean".
- `arrays`: the entrance of callers' arrays: byte order, shapes, 64-bit integers.
- `attributes`: errors for attributes that a part of an object has.
- `collectives`: sums over devices, many arrays in one message.
- `extras`: optional packages, and how to install them.
- `files`: files that are written completely or not at all, and JSON.
- `json_texts`: JSON and other small files, read within limits of size, depth and memory.
- `leaves`: the names of a network's arrays, and patterns of them.
- `machine`: cores, memory, and the versions of the libraries.
- `metric_names`: metrics of an epoch by the names of other libraries.
- `names`: names of classes as text, and how two lists of them differ.
- `notebooks`: tables and paragraphs as HTML.
- `progress`: progress bars on terminals and in notebooks.
- `results`: the base classes of all results: plain data, JSON, data frames, HTML.
- `safetensors`: files of arrays, checked before they are read.
- `set_up`: cores as devices, huge pages and the compilation cache; public as `jaxcnn.set_up`.
- `tables`: tables as text in columns.
- `units`: counts, bytes and sizes as text.
- `warn`: warnings that point at the user's line.
- `web`: pictures and hashes for HTML pages.
"""
