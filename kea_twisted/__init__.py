"""A DHCPv4 server on Twisted, drop-in for ISC Kea's kea-dhcp4."""

__version__ = "0.1.0"
