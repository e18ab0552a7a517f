"""High availability. The relationship with the partner, as events in and effects out."""
