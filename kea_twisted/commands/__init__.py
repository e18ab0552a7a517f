"""Floor 2: control commands. One table, one function each."""
