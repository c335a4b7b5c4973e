"""How far to trust a network: its maps, its confidence, its answers to changed images."""
