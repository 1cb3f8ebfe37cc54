"""jianbao (简报): a workspace of evidence in, a bilingual policy brief out."""

__version__ = "0.1.0"
