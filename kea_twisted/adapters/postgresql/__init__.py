"""Leases in PostgreSQL, in Kea's own tables, which any number of servers may share."""
