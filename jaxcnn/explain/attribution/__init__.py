"""Where the network looks: one file per method, or per two of a kind, and their picture."""
