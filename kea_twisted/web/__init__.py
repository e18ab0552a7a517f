"""Pages over the HTTP ports: health and metrics for monitors, both servers of a pair for people."""
