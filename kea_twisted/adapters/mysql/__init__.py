"""Leases and reservations in MySQL or MariaDB, in Kea's own tables, which any number of servers may share."""
