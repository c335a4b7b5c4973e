"""The user's image files: find them, decode them, and use them as labeled examples.

- Sets: `_image_folder` (a folder per class, found by `_find_images`) and `_image_table` (a CSV
  file, whose labels `_table_labels` reads); `_file_splits` divides them into training and test
  files. `_evaluation_files` finds those that a trained network is evaluated on.
- `_image_files` holds the files of a set with their labels. `_decode_all` decodes all of them, or
  reads them from the `_image_cache`.
- `_from_sequence` takes data sets of other libraries, as a `_labeled_sequence`.
- `_sequence_rows` takes images and labels out of their rows.
- `_decode_ahead` decodes files in the background: batches for training, or files without labels.
- One file: `_decode` turns its bytes into an array, by `_pillow_image`; `_load_image` resizes and
  converts it, or `_preprocessing` does, as timm; `_picture_sizes` reads only its size.
- `_statistics` measures what pictures look like; `_comparison` says how one differs from them.
"""
