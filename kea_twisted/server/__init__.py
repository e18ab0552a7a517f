"""Composition: builds complete objects and hands them over; nothing is set from outside later.

- ``service`` is the Twisted service: start, signals, stop; ``reloads`` and ``startfailure`` are parts of it.
- ``configfile`` reads and checks configurations, ``activeconfiguration`` has what is made from one of them,
  ``checkfile`` is the check without a server.
- ``controlledserver`` builds everything below and replaces its configuration (Kea: ``ControlledDhcpv4Srv``).
- ``packetloop``, ``parking`` and ``perform`` take queries from the sockets (``transport``) to their replies.
- ``leasestorage`` stores the leases behind a lease backend, ``periodic`` has the timers, ``health`` the faults.
- ``measurements`` and ``idletasks`` are for the pages of HTTP ports: what they show, and what is made in advance.
- ``channels``, ``libraries``, ``partnership`` and ``hostsystem`` connect commands, hook libraries, HA and the system.
"""
