"""Adapters: the only place that touches sockets, files, clocks and processes."""
