import unittest
from pathlib import Path

from wordcount import count


class Count(unittest.TestCase):
    def test_words(self) -> None:
        self.assertEqual(count("one two  three\n"), 3)

    def test_nothing(self) -> None:
        self.assertEqual(count(" \n"), 0)

    def test_a_file(self) -> None:
        page = Path("scratch/page.txt")
        page.write_text("four words in it", encoding="utf-8")
        self.assertEqual(count(page.read_text(encoding="utf-8")), 4)
