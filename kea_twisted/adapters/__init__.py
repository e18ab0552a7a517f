"""Floor 3: the only floor that touches sockets, files, clocks and processes."""
