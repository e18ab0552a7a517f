"""Sockets of DNS updates: name change requests come in, updates go out."""
