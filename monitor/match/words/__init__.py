"""Words and their forms: Russian, Ukrainian, English. Used when rules are compiled."""
