"""Floor 2: high availability. The relationship with the partner, as events in and effects out."""
