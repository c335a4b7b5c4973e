"""How the network is built, and how fast it could be."""
