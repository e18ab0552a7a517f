"""Hook libraries written in Python: loading, registration, guarded calls."""
