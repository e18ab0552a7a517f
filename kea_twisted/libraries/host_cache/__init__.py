"""``libdhcp_host_cache``: reservations from hosts databases, and from commands, that are known without asking again.

The rules are those of Kea's ``host_cache_impl.cc``: the entries that were used least recently go first, an entry takes
the place of others with its identifier or address in the same subnet, and a negative one stands for no reservation.
"""
