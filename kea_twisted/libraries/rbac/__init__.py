"""``libdhcp_rbac``: commands over HTTP by role.

The rules are those of Kea's manual: its library is not public. The folder of command descriptions is read in
``adapters.hooklibraries.rbac``, requests get their roles in ``adapters.control.roles``.
"""
