"""The named points at which other code may act on a packet, a lease or a command."""
