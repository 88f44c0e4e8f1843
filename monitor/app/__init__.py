"""Builds every part, starts and stops them; knows everyone, and is known only by the commands."""
