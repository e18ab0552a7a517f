"""``libdhcp_perfmon``: the time between the events of queries, by message types and subnet, and alarms for it.

Times are in microseconds, and belong to intervals: the last one that is complete is what commands and statistics show.
Kea ends an interval with the first query behind it, and so does this library: no query, no news.
"""
