"""What was known yesterday: the SQL store (SQLite by default, PostgreSQL for larger catalogues).

The only package that imports SQLAlchemy. ``schema`` declares the tables, ``views`` what analysts query,
``engine`` opens and guards a store, ``intake`` takes what the crawl brings, ``ledger`` is read and written by the
build, ``snapshot`` copies everything into the release, ``reports`` counts.
"""
