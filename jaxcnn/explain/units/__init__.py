"""Explain single units: how a unit is computed, what it depends on and responds to.

- `_explain_unit` computes the sum that makes a unit's value, and `_plot_unit` draws it; `_terms`,
  `_terms_of_layers` and `_terms_of_windows` find the terms for each kind of layer.
- `_class_evidence` computes the terms that make a class's score, and `_plot_evidence` draws them.
- `_receptive_field`: the part of an image that a unit depends on.
- `_top_activations` finds the images of a set that a unit responds to most, and
  `_plot_top_activations` draws them.
  `_activation_maximization` makes an image that a unit responds to.
"""
