"""The server that updates the DNS, in the place of kea-dhcp-ddns."""
