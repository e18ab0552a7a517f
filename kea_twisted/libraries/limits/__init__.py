"""``libdhcp_limits``: bounds on queries in a time and on leases, by class and by subnet, in their user context.

The rules are those of Kea's ``limit_manager.h``. A bound on queries counts the moments of the queries that were let
through, within the time that ends now. A bound on leases is exact: a lease is counted with the decision to give it.
"""
