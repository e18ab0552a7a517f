"""``libdhcp_flex_option``: options of a reply are added, replaced and removed by expressions about the query.

The rules are those of Kea's ``flex_option.cc``: first the options, by code and then in the order of the configuration,
afterwards the sub-options, by the codes of both. A rule that fails ends the processing of the reply; what the rules
before it have changed stays.
"""
