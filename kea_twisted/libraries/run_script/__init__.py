"""``libdhcp_run_script``: a program of the operator is run at hook points, with everything in its environment.

The names and the texts of the variables are those of Kea's ``run_script.cc``. The half that starts processes is in
``adapters.hooklibraries.run_script``.
"""
