"""MEMORY: everything that happened, in SQLite or PostgreSQL. The only room that speaks SQL."""
