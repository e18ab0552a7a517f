"""Pages for monitors: health and metrics, over the HTTP ports."""
