"""The DHCP side: raw and UDP ports, interfaces, kernel filters, overload."""
