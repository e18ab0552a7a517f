"""The control channel: unix and HTTP listeners, access rules, credentials."""
