"""Show how the network is built, and how fast it could be.

- `_architecture` draws a network as the volumes that it computes: `_boxes` groups its layers,
  `_layout` computes sizes and positions, `_solids` draws the volumes.
- `_roofline`: how close each layer comes to the machine's limits; `_label_places` finds room for
  the labels.
"""
