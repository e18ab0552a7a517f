"""The machine: folders, pid file, file ownership, TLS files, resolver, clock."""
