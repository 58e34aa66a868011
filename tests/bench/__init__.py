"""``make bench``: one module for each thing measured, ``__main__`` runs them."""
