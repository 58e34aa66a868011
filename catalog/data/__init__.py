"""Packaged facts: networks, assets, the lexicon of categories, phrases of the copy writer."""
