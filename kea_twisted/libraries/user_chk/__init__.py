"""``libdhcp_user_chk``: the last subnet for clients that are not in a registry, own options for those that are.

The rules are those of Kea's ``user_chk``; the files are read and written in ``adapters.hooklibraries.user_chk``.
"""
