"""Alembic migrations of the store; run by ``x402-catalog db upgrade``."""
