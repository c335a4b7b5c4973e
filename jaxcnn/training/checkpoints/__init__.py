"""Checkpoints of a training: saved in the background, and resumed with bitwise equal results.

| file | what is in it |
|---|---|
| `_settings.py` | `Checkpoints`: where and how often to save, and how many to keep |
| `_store.py` | a folder of checkpoints on disk, by Orbax; the only file that imports it |
| `_identity.py` | everything that decides the bits of a training, and how two of them differ |
| `_compare.py` | which arrays of two states differ, in words |
| `_record.py` | what a checkpoint of `fit` says besides its arrays: position and history |
| `_saver.py` | when a training saves a checkpoint, and how a training is resumed |
"""
