"""The diagnosis of a server and its partner: a picture of each, their differences, and the checks over both."""
