"""The HA partner: HTTP client, and the driver that performs a relationship's effects."""
