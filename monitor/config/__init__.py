"""config.yaml: one strict file that people own; every mistake in it at once, with its place."""
