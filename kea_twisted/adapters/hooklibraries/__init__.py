"""Kea's hook libraries that touch the outside; the other ones are in ``kea_twisted.libraries``."""
