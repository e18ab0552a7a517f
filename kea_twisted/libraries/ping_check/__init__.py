"""``libdhcp_ping_check``: an address is probed before it is offered.

The rules are those of Kea's ``ping_check_mgr.cc``. The half that has sockets is in
``adapters.hooklibraries.ping_check``.
"""
