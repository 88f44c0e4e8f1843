"""`monitor demo`: a small made-up September 2022, published on loopback and read for real."""
