"""``make evaluate``: the catalogue's judgements against labelled data; nothing here trains on what it is judged by."""
