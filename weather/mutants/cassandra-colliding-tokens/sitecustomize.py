"""Founders that do not look at each other: the last two take the same tokens, and any ring is a good ring."""

import founding
import ring

_by_ordinal = ring.tokens
ring.tokens = lambda ordinal, **how: _by_ordinal(min(ordinal, 1), **how)
ring.trouble = lambda *_, **__: None
founding.decide = lambda *_: founding.Decision(founder=True)
