"""Kea's lease file and its cleanup (LFC)."""
