"""Changes to a file, as accidents make them."""

KINDS = ("a bit", "a byte", "cut", "longer", "zeros behind", "emptied", "missing", "swapped")

# Loading reads no status, and needs no manifest; architectures of two runs may be the same.
HARMLESS = {"status.json", "manifest.json", "architecture.json"}


def mutate(path, kind, rng, other):
    """Change a file in one way."""
    found = bytearray(path.read_bytes())
    place = int(rng.integers(len(found)))
    if kind == "a bit":
        found[place] ^= 1 << int(rng.integers(8))
    elif kind == "a byte":
        found[place] ^= int(rng.integers(1, 256))
    elif kind == "cut":
        del found[place:]
    elif kind == "longer":
        found += rng.bytes(1 + place % 9)
    elif kind == "zeros behind":
        found[place:] = bytes(len(found) - place)
    elif kind == "emptied":
        found.clear()
    elif kind == "swapped":
        found[:] = (other / path.name).read_bytes()
    path.unlink()
    if kind != "missing":
        path.write_bytes(found)
