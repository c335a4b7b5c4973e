"""What `jaxcnn.lowering.dispatch` asks which method is the fastest.

- `_table`: tables of what was measured on this machine (`MethodTable`, `use_methods`).
- `_preference`: rules for everything else.
"""
