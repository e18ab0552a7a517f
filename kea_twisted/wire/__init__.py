"""Floor 0: bytes on the wire. DHCPv4 messages, options, frames; no sockets, no clock."""
