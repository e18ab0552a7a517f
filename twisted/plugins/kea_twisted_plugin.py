"""Tells twistd that there is a ``keadhcp``; what it is, is in kea_twisted.tap, imported only when it is asked for."""

from twisted.application.service import ServiceMaker

keadhcp = ServiceMaker("kea-twisted", "kea_twisted.tap", "DHCPv4 server, drop-in for ISC Kea", "keadhcp")
