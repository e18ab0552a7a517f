"""Control commands. One table, one function each."""
