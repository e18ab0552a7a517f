"""Updates of the DNS as decisions and data: name change requests, domains, transactions, update messages."""
