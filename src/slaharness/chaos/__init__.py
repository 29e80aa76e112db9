"""Faults: what they may touch (guard), what they do (actions), that they did it (journal), their undo."""
