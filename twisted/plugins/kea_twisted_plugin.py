"""Tells twistd that there are ``keadhcp`` and ``keaddns``; what they are is imported only when it is asked for."""

from twisted.application.service import ServiceMaker

keadhcp = ServiceMaker("kea-twisted", "kea_twisted.tap", "DHCPv4 server, drop-in for ISC Kea", "keadhcp")
keaddns = ServiceMaker("kea-twisted DNS updates", "kea_twisted.ddnstap", "DNS updates, drop-in for ISC Kea", "keaddns")
