"""Keadhcp-ctl, the command line client. A process of its own that speaks with servers."""
