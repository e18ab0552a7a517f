"""The messages of high availability, one module for each family."""
