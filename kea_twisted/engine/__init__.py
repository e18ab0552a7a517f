"""The DHCP server as decisions. A packet and the time go in, a decision comes out."""
