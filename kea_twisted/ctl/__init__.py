"""The program keadhcp-ctl, a command line client. A process of its own that speaks with servers."""
