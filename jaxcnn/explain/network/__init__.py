"""How the network is built, and how fast it could be.

- `_architecture` draws a network as the volumes that it makes: `_boxes` groups its layers,
  `_layout` sets them out on paper, `_solids` draws them, `_label_places` finds room for numbers.
- `_roofline`: how close each layer comes to what the machine can do.
"""
