"""Pictures: each function takes arrays and returns a matplotlib figure that explains itself."""
