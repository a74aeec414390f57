"""Real PostgreSQL servers behind emulated databases, and what snapshots keep of them."""
