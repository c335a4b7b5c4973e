"""How training went, and what the network's weights and gradients are like."""
