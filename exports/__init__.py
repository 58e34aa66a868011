"""The edge out: resolved documents become a release that readers can trust file by file.

``staging`` collects the files of a release, small exporters are fed by one traversal of the published documents,
``release`` writes the manifest, switches ``latest`` and prunes.
"""
