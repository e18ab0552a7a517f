"""``libdhcp_legal_log``: an entry for each lease that is given, released or changed by a command.

The words of the entries are those of Kea's ``lease4_callouts.cc`` and ``command_callouts.cc``. The half that writes
is in ``adapters.hooklibraries.legal_log``.
"""
