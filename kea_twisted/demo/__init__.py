"""A hot-standby pair on one machine, to look at: ``python -m kea_twisted.demo run`` or ``story``."""
