"""A bundled bazaar to look at and to test with: three nights of an invented market, as recordings.

:mod:`crawler.sample.bazaar` describes it and writes the folders ``night-1`` to ``night-3``; they are never edited by
hand. But for three image endpoints whose terms are public, every operator in it is invented, every host is reserved
(``.example``) or a made-up tenant of a hosting platform, and every address is the hash of a name.
"""
