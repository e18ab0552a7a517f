"""The log: outputs, line formats, loggers, Twisted's observer."""
