"""What a classifier gets wrong, how sure it is of it, and what it takes for alike."""
