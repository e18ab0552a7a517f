"""``libdhcp_radius``: clients are admitted by a RADIUS server (RFC 2865), and their leases reported to one (RFC 2866).

The rules are those of Kea's library: the identifier of a client is the User-Name, what a server answers is kept in the
host cache, and accounting sessions are named by the address and the time at which its lease began.
"""
