"""What sources say, from the wire to entries: due, fetched under guard, parsed out of process."""
