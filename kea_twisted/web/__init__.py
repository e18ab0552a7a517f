"""What monitors read: health and metrics, over the HTTP ports."""
