"""Leases as data. The record, the store with its indexes, the CSV row and the JSON form."""
