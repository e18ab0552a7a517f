"""Leases and reservations in Kea's tables of a database: what all kinds of databases have in common."""
