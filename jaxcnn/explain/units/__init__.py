"""What single units do: the sum behind one, what it sees, what it looks for, what it speaks for.

- `_explain_unit` computes the sum behind a unit, and `_plot_unit` draws it; `_terms` and its
  relatives find the terms of each kind of layer.
- `_class_evidence`: the terms behind a class's score.
- `_receptive_field`: the part of an image that a unit sees.
- `_top_activations` finds the images of a set that it answers to most, `_activation_maximization`
  makes one.
"""
