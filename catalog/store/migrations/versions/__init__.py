"""One small, named step per schema change."""
