"""Matchers, as those use them who tell: see monitor.config.matchers, which reads them."""

from monitor.config.matchers import (
    Labels,
    Matcher,
    MatcherError,
    all_hold,
    matcher,
    matchers,
)

__all__ = ["Labels", "Matcher", "MatcherError", "all_hold", "matcher", "matchers"]
