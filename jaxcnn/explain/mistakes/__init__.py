"""What the network guesses, what it gets wrong, and which images it takes for alike."""
