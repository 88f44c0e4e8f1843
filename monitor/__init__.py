"""Reads Russian and Ukrainian official and state media and alerts a chat."""

__version__ = "0.1.0"
