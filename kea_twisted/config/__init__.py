"""Floor 0: the configuration file as data. Text with places, keyword table, typed settings."""
