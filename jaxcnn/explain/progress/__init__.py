"""How training goes: gradients, weights, and the surface that it walks down."""
