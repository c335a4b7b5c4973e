"""Single units: the sum behind one, the evidence for a class, what a channel answers to."""
