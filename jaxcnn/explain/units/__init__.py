"""What single units do: the sum behind one, what it sees, what it looks for, what it speaks for."""
