"""Pictures in files of the user: find them, decode them, and hold them as labeled examples.

- Sets: `_image_folder` (a folder for each class, found by `_find_images`) and `_image_table` (a CSV
  file); `_file_splits` divides them into training and test files.
- `_image_files` holds the files of a set with their labels. `_decode_all` decodes all of them, or
  finds them in the `_image_cache`.
- `_decode_ahead` decodes batch by batch while a network trains, or many files without labels.
- One file: `_decode` makes an array of its bytes, `_load_image` gives it a shape and colors.
"""
