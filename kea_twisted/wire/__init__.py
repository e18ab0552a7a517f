"""Bytes on the wire. DHCPv4 messages, options, frames; no sockets, no clock."""
