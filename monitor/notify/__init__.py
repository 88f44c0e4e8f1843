"""Saying it: who hears what, in which words, and how it gets there."""
