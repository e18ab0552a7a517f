"""Kea's hook libraries, one module or package each."""
