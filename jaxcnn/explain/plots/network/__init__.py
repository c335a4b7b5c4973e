"""A network as a row of volumes."""
