"""Spiders: file, class and spider names agree (``bazaar`` → ``BazaarSpider``)."""
