"""Which documents say the same: near-duplicates, whoever published them."""
