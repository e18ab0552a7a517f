"""``libdhcp_lease_query``: other programs ask about leases (RFC 4388), and for many over TCP (RFC 6926).

What is here decides; ``adapters.hooklibraries.lease_query`` is the library, and has the sockets.
"""
