"""The edge in: everything that talks to the outside, and the command line.

Spiders fetch, pure decoders turn bytes into the records of :mod:`catalog`, one pipeline stores them. It is the only
package that imports scrapy; only :mod:`crawler.cli` may import ``exports``.
"""
